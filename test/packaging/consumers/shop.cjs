// A tiny API in plain JavaScript, handed the libraries that the consumer loaded in its own way.
exports.probe = async function probe({ common, core, gatehouse, adapter }) {
  class Ping {}
  gatehouse.ExposeFor(gatehouse.ANYONE)(Ping.prototype, 'ok');

  class PingController {
    open() {
      return { ok: true, hidden: 'never' };
    }
    closed() {
      return { ok: true };
    }
  }
  const decorate = (method, ...decorators) => {
    const descriptor = Object.getOwnPropertyDescriptor(PingController.prototype, method);
    for (const decorator of decorators) decorator(PingController.prototype, method, descriptor);
  };
  decorate('open', common.Get('open'), gatehouse.Public('a probe'), gatehouse.Returns(Ping));
  decorate('closed', common.Get('closed'), gatehouse.Authenticated(), gatehouse.Returns(Ping));
  common.Controller()(PingController);

  class AppModule {}
  common.Module({
    imports: [
      gatehouse.SecurityModule.forRoot({
        authentication: {
          issuer: 'consumer',
          audience: 'consumer',
          secret: require('node:crypto').randomBytes(32),
        },
      }),
    ],
    controllers: [PingController],
  })(AppModule);

  const app = await core.NestFactory.create(AppModule, ...(adapter ? [adapter] : []), { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  // No optional package is installed here.
  const answers = { hash: await app.get(gatehouse.PasswordHasher).hash('an owl that reads') };
  for (const path of ['open', 'closed', 'unknown']) {
    const response = await fetch(`${url}/${path}`);
    answers[path] = {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.json(),
    };
  }
  await app.close();
  return answers;
};
