/** The shop's roles, as `@Roles`, `@ExposeFor` and the rules of its resources know them: a mistyped one does not compile. */
export type ShopRole = 'admin' | 'support' | 'user';

declare module 'nestjs-gatehouse' {
  interface SecurityTypes {
    role: ShopRole;
    refusal: 'no-tenant' | 'too-late';
  }
}
