import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The response that goes out next on a connection. Node keeps it on the socket, and nowhere else. */
export function pendingResponse(socket: Socket): ServerResponse | undefined {
  return (Reflect.get(socket, '_httpMessage') as ServerResponse | null | undefined) ?? undefined;
}
