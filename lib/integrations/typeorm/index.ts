export { fromTypeorm, type FromTypeormOptions, type WhereOf } from './from-typeorm.js';
export type { RequestTransaction } from './typeorm-loader.js';
export { page, type PageOptions } from './page.js';
