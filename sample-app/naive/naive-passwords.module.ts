import { Global, Module } from '@nestjs/common';
import { PasswordHasher } from 'nestjs-gatehouse';

/** The hashes of the shop, without the module that secures it. */
@Global()
@Module({
  providers: [{ provide: PasswordHasher, useFactory: () => PasswordHasher.create() }],
  exports: [PasswordHasher],
})
export class NaivePasswordsModule {}
