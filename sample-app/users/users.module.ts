import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { User } from '../database/user.entity.js';
import { MeController } from './me.controller.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

/** Accounts. */
@Module({
  imports: [TypeOrmModule.forFeature([User])],
  controllers: [MeController, UsersController],
  providers: [UsersService],
})
export class UsersModule {}
