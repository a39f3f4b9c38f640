import { ValidationPipe, type INestApplication } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { pinoHttp } from 'pino-http';
import { ORIGIN } from '../../shop/shop.options.js';

/** What the hand-assembled stack does to the application itself: headers, CORS, proxies, the request log, validation. */
export async function prepareHand(app: INestApplication): Promise<void> {
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'fastify') {
    const { default: helmet } = await import('@fastify/helmet');
    await (adapter.getInstance() as FastifyInstance).register(helmet);
  } else {
    const { default: helmet } = await import('helmet');
    app.use(helmet());
    (adapter.getInstance() as { set(name: string, value: unknown): void }).set('trust proxy', 'loopback');
  }
  app.enableCors({ origin: [ORIGIN], credentials: false });
  app.use(pinoHttp({ redact: ['req.headers.authorization', 'req.headers.cookie'] }));
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
}
