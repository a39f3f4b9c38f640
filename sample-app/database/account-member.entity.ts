import { ANYONE, ExposeFor } from 'nestjs-gatehouse';
import { Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Account } from './account.entity.js';

/** Who belongs to an account. The id is both: the account and the user. */
@Entity('account_members')
export class AccountMember {
  @PrimaryColumn('uuid')
  accountId!: string;

  @ExposeFor(ANYONE)
  @Index()
  @PrimaryColumn('uuid')
  userId!: string;

  @ManyToOne(() => Account, (account) => account.members, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'accountId' })
  account!: Relation<Account>;
}
