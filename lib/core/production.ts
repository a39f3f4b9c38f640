/** Whether this process says that it is in production, by `NODE_ENV`: whatever the case of the word, and with blanks around it. */
export function inProduction(): boolean {
  return process.env['NODE_ENV']?.trim().toLowerCase() === 'production';
}
