import { ANYONE, ExposeFor, OWNER } from 'nestjs-gatehouse';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ShopRole } from '../security-types.js';
import { NO_TENANT } from './no-tenant.js';

/** A user, and who sees what of them. */
@Entity('users')
export class User {
  @ExposeFor(ANYONE)
  @PrimaryColumn('uuid')
  id!: string;

  /** The name to log in with. Undeclared: it never leaves. */
  @Column('varchar', { length: 64, unique: true })
  username!: string;

  /** Of whose shop they are. Undeclared: it decides who sees them, and never leaves. */
  @Column('varchar', { length: 64, default: NO_TENANT })
  tenantId!: string;

  @ExposeFor(ANYONE)
  @Column('varchar', { length: 80 })
  displayName!: string;

  @ExposeFor(OWNER, 'admin')
  @Column('varchar', { length: 254 })
  email!: string;

  @ExposeFor(OWNER, 'admin')
  @Column('simple-json')
  roles!: ShopRole[];

  @ExposeFor(OWNER)
  @Column('varchar', { length: 40 })
  taxId!: string;

  /** Undeclared: it never leaves. */
  @Column('varchar', { length: 200 })
  passwordHash!: string;

  // As exact as a Date, so that the pages of a list meet.
  @Column({ precision: 3 })
  createdAt!: Date;
}
