import { IsString, MaxLength, MinLength } from 'class-validator';
import { ANYONE, ExposeFor } from 'nestjs-gatehouse';
import { OptionalKey } from '../validation/optional-key.decorator.js';

/** Who wants to log in, and their proof. */
export class LoginDto {
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  username!: string;

  @IsString()
  @MinLength(1)
  @MaxLength(1024)
  password!: string;
}

/** A token for the next one; none where it comes in a cookie. */
export class RefreshDto {
  @OptionalKey()
  @IsString()
  @MaxLength(200)
  refreshToken?: string;
}

/** The answer to a login, and to a refresh. In cookie mode the tokens are in cookies. */
export class SessionResult {
  @ExposeFor(ANYONE)
  accessToken?: string;

  /** Seconds that the access token lives. */
  @ExposeFor(ANYONE)
  expiresIn!: number;

  /** Gives the next tokens, once. */
  @ExposeFor(ANYONE)
  refreshToken?: string;

  /** For the header `X-CSRF-Token`, in cookie mode. */
  @ExposeFor(ANYONE)
  csrfToken?: string;
}
