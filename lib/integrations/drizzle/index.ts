export { fromDrizzle, type DrizzleWhere, type FromDrizzleOptions } from './from-drizzle.js';
export type { RequestTransaction } from './drizzle-loader.js';
export type { DrizzleRelation, DrizzleRelations } from './drizzle-relation.js';
export { page, type PageOptions } from './page.js';
