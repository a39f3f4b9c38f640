/**
 * The application's own words, filled in by module augmentation. Without it each of them is a `string`.
 *
 * @example
 * ```ts
 * declare module 'nestjs-gatehouse' {
 *   interface SecurityTypes {
 *     role: 'admin' | 'support' | 'user';
 *     refusal: 'too-late' | 'out-of-hours';
 *     obligation: 'record-refund';
 *   }
 * }
 * ```
 */
// Empty on purpose: an index signature here would turn every augmented name into `any`.
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type
export interface SecurityTypes {}
