import { Module, type DynamicModule } from '@nestjs/common';
import { SIGNING_KEY, signingKey } from './signing-key.js';
import { TokenIssuer } from './token-issuer.js';

/** Gives the shop's key pair to whoever signs and whoever verifies. */
@Module({})
export class SigningKeyModule {
  /** The key pair kept in `file`, or one in memory. */
  static from(file?: string): DynamicModule {
    return {
      module: SigningKeyModule,
      providers: [{ provide: SIGNING_KEY, useFactory: () => signingKey(file) }, TokenIssuer],
      exports: [SIGNING_KEY, TokenIssuer],
    };
  }
}
