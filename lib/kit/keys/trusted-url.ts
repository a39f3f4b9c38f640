const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * Why keys must not be fetched from a URL, or `undefined`: it has to be https (http on the loopback address, for tests), without user
 * name, password or fragment.
 */
export function urlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is no URL';
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.test(hostname))) {
    return 'is not https: whoever is on the way could hand in keys of their own';
  }
  if (username !== '' || password !== '' || hash !== '') return 'has a user name, a password or a fragment';
  return undefined;
}
