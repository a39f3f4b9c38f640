import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { User } from '../database/user.entity.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { JwksController } from './jwks.controller.js';

/** Login, sessions and public keys. */
@Module({
  imports: [TypeOrmModule.forFeature([User])],
  controllers: [AuthController, JwksController],
  providers: [AuthService],
})
export class AuthModule {
  /** With the module that holds the shop's keys. */
  static with(keys: DynamicModule): DynamicModule {
    return { module: AuthModule, imports: [keys] };
  }
}
