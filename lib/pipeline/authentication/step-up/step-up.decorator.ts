import { ACCESS } from '../../../core/access.js';
import { SecurityConfigError } from '../../../core/config-error.js';
import { addMetadata, placeOf } from '../../../core/metadata.js';
import { unreadOption } from '../../../core/options.js';

/** What is asked of a sign-in, beyond that there was one: each of these has to hold. */
export interface StepUpOptions {
  /** The authentication context class: the token's `acr` is this one, or one of these, the preferred one first. */
  readonly acr?: string | readonly string[];
  /** How long ago the user may have signed in, in seconds, by the token's `auth_time`. A token that does not say counts as too old. */
  readonly maxAge?: number;
  /** The authentication methods (RFC 8176): the token's `amr` has this one, or all of these. */
  readonly amr?: string | readonly string[];
}

/** {@link StepUpOptions}, checked. */
export interface StepUpRule {
  /** Empty: any. */
  readonly acr: readonly string[];
  readonly maxAge: number | undefined;
  readonly amr: readonly string[];
}

// They stand in a quoted string, parted by blanks, and so have none in them, nor a quote or backslash.
const WORD = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;
const KEYS = ['acr', 'maxAge', 'amr'];
const LONGEST_AGE = 365 * 86_400;

/**
 * Admits callers who signed in strongly and lately enough. Everyone else is answered 401 with the challenge of RFC 9470, so that the
 * client can send the user to sign in again. It needs a caller: `@Authenticated()` beside it is not needed.
 *
 * @throws {SecurityConfigError} `access.invalid` for nothing to ask, or for a value that no challenge can hold.
 * @see https://www.rfc-editor.org/rfc/rfc9470
 * @example
 * ```ts
 * @StepUp({ acr: 'urn:example:mfa', maxAge: 300 }) @Post('payouts') pay() {…}
 * ```
 */
export function StepUp(options: StepUpOptions): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const unread = unreadOption('@StepUp', options, KEYS);
    if (unread) throw new SecurityConfigError('access.invalid', placeOf(target, key), ...unread);
    const rule = ruleOf(options);
    if (rule === undefined) {
      throw new SecurityConfigError(
        'access.invalid',
        placeOf(target, key),
        'has @StepUp with nothing to ask, or with something that cannot be asked',
        "write @StepUp({ acr: 'urn:example:mfa', maxAge: 300 }), with words without blanks and quotes, and whole seconds up to a year",
      );
    }
    addMetadata(ACCESS.stepUp, rule, target, descriptor);
  };
}

function ruleOf({
  acr,
  maxAge,
  amr,
}: { readonly [key in keyof StepUpOptions]: unknown }): StepUpRule | undefined {
  const [classes, methods] = [words(acr), words(amr)];
  const isAge =
    maxAge === undefined ||
    (Number.isInteger(maxAge) && (maxAge as number) >= 1 && (maxAge as number) <= LONGEST_AGE);
  if (!classes || !methods || !isAge) return undefined;
  if (classes.length === 0 && methods.length === 0 && maxAge === undefined) return undefined;
  return { acr: classes, maxAge: maxAge as number | undefined, amr: methods };
}

function words(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const fits = list.length > 0 && list.every((word) => typeof word === 'string' && WORD.test(word));
  return fits ? (list as readonly string[]) : undefined;
}
