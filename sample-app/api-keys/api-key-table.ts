import type { ApiKeyStore, RotatedSecret, StoredApiKey } from 'nestjs-gatehouse';
import { IsNull, type DataSource, type Repository } from 'typeorm';
import { ApiKey } from '../database/api-key.entity.js';

/** API keys in the shop's database. */
export class ApiKeyTable implements ApiKeyStore {
  readonly #keys: Repository<ApiKey>;

  constructor(source: DataSource) {
    this.#keys = source.getRepository(ApiKey);
  }

  find(id: string): Promise<StoredApiKey | null> {
    return this.#keys.findOneBy({ id });
  }

  async insert(key: StoredApiKey): Promise<void> {
    await this.#keys.insert(key as ApiKey);
  }

  async rotate(id: string, expected: string, secret: RotatedSecret): Promise<boolean> {
    // One statement, so that the database says which of two was first.
    const { affected } = await this.#keys.update({ id, hash: expected, revokedAt: IsNull() }, secret);
    return affected === 1;
  }

  async revoke(id: string, at: number): Promise<void> {
    await this.#keys.update({ id, revokedAt: IsNull() }, { revokedAt: at });
  }

  async touch(id: string, at: number): Promise<void> {
    await this.#keys.update({ id }, { lastUsedAt: at });
  }

  listOf(owner: string): Promise<StoredApiKey[]> {
    return this.#keys.findBy({ owner });
  }
}
