import { IsString, Matches, MaxLength } from 'class-validator';
import { OWNER, Preset, WritableBy, WritesTo } from 'nestjs-gatehouse';
import { Account } from '../database/account.entity.js';

/** A new account. It belongs to who sends it, and is of their tenant; a caller without one makes none. */
@WritesTo(Account)
export class CreateAccount {
  @Preset((caller) => caller.tenant)
  @IsString()
  tenantId!: string;

  @WritableBy(OWNER)
  @IsString()
  @MaxLength(80)
  @Matches(/^\P{Cc}*[^\s\p{Cc}]\P{Cc}*$/u)
  name!: string;
}
