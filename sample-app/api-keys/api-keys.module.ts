import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { ApiKeysController } from './api-keys.controller.js';

/** API keys of users, for their partners. */
@Module({ imports: [UsersModule], controllers: [ApiKeysController] })
export class ApiKeysModule {}
