import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { User } from '../database/user.entity.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { JwksController } from './jwks.controller.js';

/** Login and public keys. */
@Module({
  imports: [TypeOrmModule.forFeature([User])],
  controllers: [AuthController, JwksController],
  providers: [AuthService],
})
export class AuthModule {
  /** With the module that holds the signing key. */
  static with(signingKey: DynamicModule): DynamicModule {
    return { module: AuthModule, imports: [signingKey] };
  }
}
