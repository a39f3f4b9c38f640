import type { StoredApiKey } from 'nestjs-gatehouse';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ShopRole } from '../security-types.js';

// PostgreSQL's driver hands 64 bits over as text.
const TIME = {
  type: 'bigint',
  transformer: {
    to: (time: number | null) => time,
    from: (time: string | number | null) => (time === null ? null : Number(time)),
  },
} as const;

/** An API key as it is stored. Nothing of it is declared for an answer: the routes show what `ApiKeyService` tells. */
@Entity('api_keys')
export class ApiKey implements StoredApiKey {
  @PrimaryColumn('varchar', { length: 32 })
  id!: string;

  @Index()
  @Column('varchar', { length: 256 })
  owner!: string;

  @Column('varchar', { length: 100 })
  name!: string;

  @Column('simple-json')
  scopes!: string[];

  @Column('simple-json')
  roles!: ShopRole[];

  @Column('varchar', { length: 256, nullable: true })
  tenant!: string | null;

  @Column('varchar', { length: 64 })
  hash!: string;

  @Column('varchar', { length: 64, nullable: true })
  previousHash!: string | null;

  @Column({ ...TIME, nullable: true })
  previousUntil!: number | null;

  @Column(TIME)
  createdAt!: number;

  @Column(TIME)
  secretAt!: number;

  @Column(TIME)
  expiresAt!: number;

  @Column({ ...TIME, nullable: true })
  lastUsedAt!: number | null;

  @Column({ ...TIME, nullable: true })
  revokedAt!: number | null;
}
