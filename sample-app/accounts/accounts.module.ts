import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountMember } from '../database/account-member.entity.js';
import { Account } from '../database/account.entity.js';
import { OrdersModule } from '../orders/orders.module.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';

/** Accounts of teams. */
@Module({
  imports: [TypeOrmModule.forFeature([Account, AccountMember]), OrdersModule],
  controllers: [AccountsController],
  providers: [AccountsService],
})
export class AccountsModule {}
