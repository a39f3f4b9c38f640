import { defineResource } from 'nestjs-gatehouse';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import { ApiKey } from '../database/api-key.entity.js';

/** Whose an API key is. All that can be done with one is for its owner alone: `@Owns` on the routes. */
export const ApiKeyResource = defineResource(ApiKey, {
  id: 'id',
  owner: 'owner',
  load: fromTypeorm(),
  can: () => ({}),
});
