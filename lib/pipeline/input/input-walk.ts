import type { FieldError } from '../../core/problem.js';
import { toPointer } from './json-pointer.js';

const MAX_ERRORS = 20;
// With the rest of the problem body an answer stays under 8 KB.
const MAX_ERROR_BYTES = 7000;
const MAX_DEPTH = 64;

/** One walk over one argument: where it is, and what it found. It is full at 20 errors, and then everything stops. */
export class InputWalk {
  readonly errors: FieldError[] = [];
  /** Checks that answer later. */
  readonly pending: Array<Promise<void>> = [];
  /** Whether no more errors are taken. Whoever loops asks. */
  full = false;
  readonly #path: Array<string | number> = [];
  #bytes = 0;

  /** `root` is the name of the parameter, `@Query('page')`. */
  constructor(root?: string) {
    if (root !== undefined) this.#path.push(root);
  }

  /** Whether the value is deeper than any input may be: a class may refer to itself. */
  get tooDeep(): boolean {
    return this.#path.length > MAX_DEPTH;
  }

  /** Goes down to a property or an element. */
  enter(segment: string | number): void {
    this.#path.push(segment);
  }

  /** Goes back up. */
  leave(): void {
    this.#path.pop();
  }

  /** Notes an error here, or at a property of what is here. One error a place: the first. */
  fail(code: string, detail: string, segment?: string): void {
    this.#note(this.#pointer(segment), code, detail);
  }

  /** Waits for a check that answers later. */
  defer(valid: Promise<boolean>, code: string, detail: () => string, segment: string): void {
    const pointer = this.#pointer(segment);
    const settle = (ok: boolean): void => {
      if (!ok) this.#note(pointer, code, detail());
    };
    this.pending.push(valid.then(settle));
  }

  #pointer(segment: string | undefined): string {
    return toPointer(segment === undefined ? this.#path : [...this.#path, segment]);
  }

  #note(pointer: string, code: string, detail: string): void {
    if (this.full || this.errors.some((error) => error.pointer === pointer)) return;
    const error: FieldError = { pointer, code, detail };
    this.#bytes += Buffer.byteLength(JSON.stringify(error)) + 1;
    if (this.#bytes <= MAX_ERROR_BYTES) this.errors.push(error);
    this.full = this.errors.length === MAX_ERRORS || this.#bytes > MAX_ERROR_BYTES;
  }
}
