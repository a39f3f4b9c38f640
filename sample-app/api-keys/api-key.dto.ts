import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { ANYONE, ExposeFor } from 'nestjs-gatehouse';
import { OptionalKey } from '../validation/optional-key.decorator.js';

/** What an API key of the shop may be allowed. */
export const API_KEY_SCOPES = ['orders:read'] as const;

/** What a user says of a new key. */
export class CreateApiKey {
  @IsString()
  @MaxLength(100)
  @Matches(/^\P{Cc}*[^\s\p{Cc}]\P{Cc}*$/u)
  name!: string;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(API_KEY_SCOPES.length)
  @IsIn(API_KEY_SCOPES, { each: true })
  scopes!: string[];

  /** Days that it lives. */
  @OptionalKey()
  @IsInt()
  @Min(1)
  @Max(90)
  days?: number;
}

/** What a user sees of a key. */
export class ApiKeyView {
  @ExposeFor(ANYONE) id!: string;
  @ExposeFor(ANYONE) name!: string;
  @ExposeFor(ANYONE) scopes!: readonly string[];
  @ExposeFor(ANYONE) createdAt!: Date;
  @ExposeFor(ANYONE) expiresAt!: Date;
  @ExposeFor(ANYONE) lastUsedAt!: Date | null;
  @ExposeFor(ANYONE) revokedAt!: Date | null;
  /** Until when the secret before the last rotation works. */
  @ExposeFor(ANYONE) previousUntil!: Date | null;
}

/** A key that was just made: the only time that it is shown. */
export class MadeApiKeyView extends ApiKeyView {
  @ExposeFor(ANYONE) key!: string;
}
