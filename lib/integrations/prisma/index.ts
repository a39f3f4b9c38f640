export { fromPrisma, type FromPrismaOptions } from './from-prisma.js';
export { page, type PageOptions, type PrismaPaged, type PrismaRow, type PrismaWhereOf } from './page.js';
