import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountMember } from '../database/account-member.entity.js';
import { User } from '../database/user.entity.js';
import { MeController } from './me.controller.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

/** Users. */
@Module({
  imports: [TypeOrmModule.forFeature([User, AccountMember])],
  controllers: [MeController, UsersController],
  providers: [UsersService],
})
export class UsersModule {}
