/** What rows have that were there before there were tenants, until the next start: it is nobody's, because no token can say it. */
export const NO_TENANT = '';
