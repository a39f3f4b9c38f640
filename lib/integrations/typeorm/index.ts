export { fromTypeorm, type FromTypeormOptions, type WhereOf } from './from-typeorm.js';
export { page, type PageOptions } from './page.js';
