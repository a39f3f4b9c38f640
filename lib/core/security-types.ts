/**
 * The application's own words, filled in by module augmentation. Without it every role is a `string`.
 *
 * @example
 * ```ts
 * declare module 'nestjs-gatehouse' {
 *   interface SecurityTypes {
 *     role: 'admin' | 'support' | 'user';
 *   }
 * }
 * ```
 */
// Empty on purpose: an index signature here would turn every augmented name into `any`.
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type
export interface SecurityTypes {}
