/** What the stacks that have no problems of their own answer with, by status: the words of `nestjs-gatehouse`. */
export const PROBLEMS: Readonly<Record<number, { readonly type: string; readonly title: string }>> = {
  400: { type: 'urn:gatehouse:problem:invalid-input', title: 'Invalid Input' },
  401: { type: 'urn:gatehouse:problem:unauthenticated', title: 'Unauthenticated' },
  403: { type: 'urn:gatehouse:problem:forbidden', title: 'Forbidden' },
  404: { type: 'urn:gatehouse:problem:not-found', title: 'Not Found' },
  429: { type: 'urn:gatehouse:problem:rate-limited', title: 'Too Many Requests' },
  500: { type: 'urn:gatehouse:problem:internal-error', title: 'Internal Server Error' },
};
