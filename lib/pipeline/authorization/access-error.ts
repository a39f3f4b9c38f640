import { SecurityConfigError } from '../../core/config-error.js';

/** The error of a decorator that says nothing usable: where it stands, what is wrong, what to write instead. */
export function accessError(
  target: object,
  key: string | symbol | undefined,
  problem: string,
  fix: string,
): SecurityConfigError {
  const owner = typeof target === 'function' ? target.name : target.constructor.name;
  const where = key === undefined ? owner : `${owner}.${String(key)}`;
  return new SecurityConfigError('access.invalid', where, problem, fix);
}

/** What to write where a class is `undefined`: the file that declares it is being loaded. */
export const CIRCULAR = 'a class that is undefined here is a circular import';
