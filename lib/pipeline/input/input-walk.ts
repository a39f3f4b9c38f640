import { MAX_FIELD_ERRORS, type FieldError } from '../../core/problem.js';
import { toPointer } from '../../kit/json/json-pointer.js';

// With the rest of the problem body an answer stays under 8 KB.
const MAX_ERROR_BYTES = 7000;
const MAX_DEPTH = 64;

/** Where an error is, as the client wrote it and as it may be logged. */
interface Place {
  readonly pointer: string;
  readonly declared: string;
}

/** One walk over one argument: where it is, and what it found. It is full at 20 errors, and then everything stops. */
export class InputWalk {
  readonly errors: FieldError[] = [];
  /** The same for the log: a name that nothing declares may be a password in the wrong place, so `*` stands for it. */
  readonly logged: string[] = [];
  /** Checks that answer later. */
  readonly pending: Array<Promise<void>> = [];
  /** Whether no more errors are taken. Whoever loops asks. */
  full = false;
  readonly #path: Array<string | number> = [];
  /** At which depths of the path stands a name that the client made up. */
  readonly #madeUp: number[] = [];
  #bytes = 0;

  /** `root` is the name of the parameter, `@Query('page')`. */
  constructor(root?: string) {
    if (root !== undefined) this.enter(root);
  }

  /** Whether the value is deeper than any input may be: a class may refer to itself. */
  get tooDeep(): boolean {
    return this.#path.length > MAX_DEPTH;
  }

  /** Goes down to a property or an element. `madeUp`: the client made up its name. */
  enter(segment: string | number, madeUp = false): void {
    if (madeUp) this.#madeUp.push(this.#path.length);
    this.#path.push(segment);
  }

  /** Goes back up. */
  leave(): void {
    this.#path.pop();
    if (this.#madeUp.at(-1) === this.#path.length) this.#madeUp.pop();
  }

  /** Notes an error here, or at a property of what is here. One error a place: the first. */
  fail(code: string, detail: string, segment?: string): void {
    this.#note(this.#placeOf(segment), code, detail);
  }

  /** Notes a property of what is here that nothing declares. */
  refuseProperty(name: string): void {
    this.enter(name, true);
    this.fail('whitelistValidation', 'should not exist');
    this.leave();
  }

  /** Waits for a check that answers later. */
  defer(valid: Promise<boolean>, code: string, detail: () => string, segment: string): void {
    const place = this.#placeOf(segment);
    const settle = (ok: boolean): void => {
      if (!ok) this.#note(place, code, detail());
    };
    this.pending.push(valid.then(settle));
  }

  #placeOf(segment: string | undefined): Place {
    const path = segment === undefined ? this.#path : [...this.#path, segment];
    const pointer = toPointer(path);
    if (this.#madeUp.length === 0) return { pointer, declared: pointer };
    return { pointer, declared: toPointer(path.map((step, at) => (this.#madeUp.includes(at) ? '*' : step))) };
  }

  #note({ pointer, declared }: Place, code: string, detail: string): void {
    if (this.full || this.errors.some((error) => error.pointer === pointer)) return;
    const error: FieldError = { pointer, code, detail };
    this.#bytes += Buffer.byteLength(JSON.stringify(error)) + 1;
    if (this.#bytes <= MAX_ERROR_BYTES) {
      this.errors.push(error);
      this.logged.push(`${declared} ${code}`);
    }
    this.full = this.errors.length === MAX_FIELD_ERRORS || this.#bytes > MAX_ERROR_BYTES;
  }
}
