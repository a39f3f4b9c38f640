import { Body, Controller, Delete, Get, NotFoundException, Param, Post } from '@nestjs/common';
import { type Caller, type NaiveApiKey, NAIVE_API_KEYS, TokenUser } from './caller.decorator.js';

/** API keys as they are often made: for everything that their owner may, for ever, kept as they are. */
@Controller('api-keys')
export class NaiveApiKeysController {
  // All of them, so that whoever has lost theirs finds it again.
  @Get()
  list() {
    return NAIVE_API_KEYS;
  }

  // The body last: it may bring its own owner.
  @Post()
  create(@TokenUser() caller: Caller, @Body() body: any) {
    const id = String(NAIVE_API_KEYS.length + 1);
    const made: NaiveApiKey = {
      id,
      key: newKey(),
      owner: caller.id,
      tenant: caller.tenant,
      roles: caller.roles,
      ...body,
    };
    NAIVE_API_KEYS.push(made);
    return made;
  }

  @Post(':id/rotate')
  rotate(@Param('id') id: string) {
    return Object.assign(this.find(id), { key: newKey() });
  }

  // It is gone from the page, where nobody looks any more.
  @Delete(':id')
  revoke(@Param('id') id: string) {
    return Object.assign(this.find(id), { hidden: true });
  }

  private find(id: string): NaiveApiKey {
    const found = NAIVE_API_KEYS.find((each) => each.id === id);
    if (!found) throw new NotFoundException(`Key ${id} not found`);
    return found;
  }
}

function newKey(): string {
  return `key_${Math.random().toString(36).slice(2)}`;
}
