/** The order of the shop's lists where a client names no other. */
export const NEWEST_FIRST = { createdAt: 'DESC' } as const;
