import { ANYONE, ExposeFor } from 'nestjs-gatehouse';
import { Column, Entity, Index, OneToMany, PrimaryColumn } from 'typeorm';
import { AccountMember } from './account-member.entity.js';

/** An account that a team orders by: whoever owns it says who the members are, and all of them see its orders. */
@Entity('accounts')
@Index(['tenantId', 'createdAt'])
export class Account {
  /** Made by the server. */
  @ExposeFor(ANYONE)
  @PrimaryColumn('uuid')
  id!: string;

  /** Undeclared: it decides who reads, and never leaves. */
  @Column('varchar', { length: 64 })
  tenantId!: string;

  @ExposeFor(ANYONE)
  @Column('varchar', { length: 80 })
  name!: string;

  /** Who says who the members are. */
  @ExposeFor(ANYONE)
  @Column('uuid')
  ownerId!: string;

  // `ANYONE` is whoever `read` admits: a team knows its team, and support knows whom to write to.
  @ExposeFor(ANYONE, { type: () => AccountMember })
  @OneToMany(() => AccountMember, (member) => member.account, { cascade: ['insert'], eager: true })
  members!: AccountMember[];

  @ExposeFor(ANYONE)
  // As exact as a Date, so that the pages of a list meet.
  @Column({ precision: 3 })
  createdAt!: Date;
}
