/** How often a race of several processes is run: twice, or as often as `GATEHOUSE_RACES` says. */
export const RACES = Number(process.env['GATEHOUSE_RACES'] ?? 2);
