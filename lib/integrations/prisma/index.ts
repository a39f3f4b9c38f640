export { fromPrisma, type FromPrismaOptions } from './from-prisma.js';
