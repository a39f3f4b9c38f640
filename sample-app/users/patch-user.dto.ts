import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsEmail,
  IsIn,
  IsString,
  MaxLength,
  MinLength,
} from 'class-validator';
import { OWNER, WritableBy, WritesTo } from 'nestjs-gatehouse';
import { User } from '../database/user.entity.js';
import type { ShopRole } from '../security-types.js';
import { OptionalKey } from '../validation/optional-key.decorator.js';

const ROLES: readonly ShopRole[] = ['admin', 'support', 'user'];

/** What can be changed of a user, and by whom. */
@WritesTo(User)
export class PatchUser {
  @WritableBy(OWNER, 'admin')
  @OptionalKey()
  @IsString()
  @MinLength(1)
  @MaxLength(80)
  displayName?: string;

  @WritableBy(OWNER, 'admin')
  @OptionalKey()
  @IsEmail()
  @MaxLength(254)
  email?: string;

  /** Others end the sessions of the user, and count from the next sign-in on. */
  @WritableBy('admin')
  @OptionalKey()
  @IsArray()
  @ArrayMaxSize(ROLES.length)
  @ArrayUnique()
  @IsIn(ROLES, { each: true })
  roles?: ShopRole[];
}
