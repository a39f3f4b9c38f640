import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Account } from '../database/account.entity.js';
import { AccountMember } from '../database/account-member.entity.js';
import { User } from '../database/user.entity.js';
import { MeController } from './me.controller.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

/** Users. */
@Module({
  imports: [TypeOrmModule.forFeature([User, Account, AccountMember])],
  controllers: [MeController, UsersController],
  providers: [UsersService],
  exports: [UsersService],
})
export class UsersModule {}
