import type { Denial } from '../../core/decision.js';
import type { CursorSeal, CursorValue } from '../../core/listing.js';
import type { CursorCodec } from './cursor-codec.js';

/** The cursors of one request: bound to the list, to the caller and to what else the query says. */
export class RequestCursors implements CursorSeal {
  position: readonly CursorValue[] | undefined;
  #binding: string | undefined;

  constructor(
    private readonly codec: CursorCodec,
    /** Names the list. */
    private readonly list: string,
    private readonly principal: string,
    private readonly query: Readonly<Record<string, unknown>>,
    /** The parameters that count, in a fixed order. */
    private readonly bound: readonly string[],
    readonly refused: Denial,
  ) {}

  /** Reads the cursor that the client sent. `false`: it is none of ours, or of another caller, list, filter or order. */
  open(cursor: unknown): boolean {
    this.position = this.codec.open(this.#bindingOf(), cursor);
    return this.position !== undefined;
  }

  seal(content: readonly CursorValue[]): string {
    return this.codec.seal(this.#bindingOf(), content);
  }

  #bindingOf(): string {
    const said = this.bound.map((key) => (Object.hasOwn(this.query, key) ? this.query[key] : null));
    return (this.#binding ??= JSON.stringify([this.list, this.principal, said]));
  }
}
