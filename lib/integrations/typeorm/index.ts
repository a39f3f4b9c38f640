export { fromTypeorm, type FromTypeormOptions, type WhereOf } from './from-typeorm.js';
