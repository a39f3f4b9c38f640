import type { EventSink, SecurityEvent } from '../../core/security-event.js';
import { safeLine } from './safe-text.js';

/** What a {@link JsonLines} writes to: standard output, a file stream. */
export interface LineStream {
  write(text: string): unknown;
  /** Bytes that wait for a slow reader. */
  readonly writableLength?: number;
}

/** A sink that holds lines back for a moment. `SecurityEvents` flushes it at shutdown. */
export interface FlushableSink extends EventSink {
  /** Writes what is waiting. */
  flush(): void;
}

/** Above this many bytes waiting for a reader that does not read, lines are dropped and counted. */
const MAX_WAITING = 8 * 1024 * 1024;

/**
 * Writes security events as one JSON line each, to standard output by default. The lines of one turn of the event loop go out in a
 * single write, after the answers. Where the reader is stuck, lines are dropped and their number is logged when it reads again.
 *
 * @example
 * ```ts
 * SecurityModule.forRoot({ events: { sink: new JsonLines(createWriteStream('security.log', { flags: 'a' })) } });
 * ```
 */
export class JsonLines implements FlushableSink {
  private waiting = '';
  private scheduled = false;
  private dropped = 0;

  constructor(private readonly stream: LineStream = process.stdout) {}

  /** Adds one line. Does not wait and does not throw. */
  write(event: SecurityEvent): void {
    if ((this.stream.writableLength ?? 0) + this.waiting.length > MAX_WAITING) {
      this.dropped++;
      return;
    }
    if (this.dropped > 0) {
      this.waiting += `{"time":"${event.time}","type":"events.dropped","count":${this.dropped}}\n`;
      this.dropped = 0;
    }
    this.waiting += `${safeLine(event)}\n`;
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  /** Writes what is waiting, now. */
  flush(): void {
    this.scheduled = false;
    if (this.waiting === '') return;
    const lines = this.waiting;
    this.waiting = '';
    this.stream.write(lines);
  }
}
