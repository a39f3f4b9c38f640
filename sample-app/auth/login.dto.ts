import { IsString, MaxLength, MinLength } from 'class-validator';
import { ANYONE, ExposeFor } from 'nestjs-gatehouse';

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

/** A token for the next one. */
export class RefreshDto {
  @IsString()
  @MaxLength(200)
  refreshToken!: string;
}

/** The answer to a login, and to a refresh. */
export class SessionResult {
  @ExposeFor(ANYONE)
  accessToken!: string;

  /** Seconds that the access token lives. */
  @ExposeFor(ANYONE)
  expiresIn!: number;

  /** Gives the next tokens, once. */
  @ExposeFor(ANYONE)
  refreshToken!: string;
}
