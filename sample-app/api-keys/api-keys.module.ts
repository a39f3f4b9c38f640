import { Module } from '@nestjs/common';
import { ApiKeysController } from './api-keys.controller.js';

/** API keys of users, for their partners. */
@Module({ controllers: [ApiKeysController] })
export class ApiKeysModule {}
