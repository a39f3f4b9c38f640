/** Injection token of the options as given. */
export const SECURITY_OPTIONS = Symbol('nestjs-gatehouse:options');
/** Injection token of the checked options. */
export const SECURITY_SETTINGS = Symbol('nestjs-gatehouse:settings');
