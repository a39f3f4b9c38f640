/** What the log says of a thrown value where its message may quote input: the name of its class, `TypeError`. */
export function errorKind(thrown: unknown): string {
  return thrown instanceof Error ? thrown.constructor.name : typeof thrown;
}
