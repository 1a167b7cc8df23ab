"""The command line as it is recorded: what looks like a secret is masked, whatever program it was meant for.

Patterns are texts, which `re` compiles when a word first needs them: every worker masks its command line, and few need them all.

What may carry one is data, in the tables below. When in doubt, it's masked. Every substitution is applied in turn, and
each is linear: a name is found first and then looked at, so that no pattern has two parts that may stretch.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

MASK: Final = "***"
MAX_ARGUMENTS: Final = 100
MAX_ARGUMENT: Final = 1000
READ_MOST: Final = 4 * MAX_ARGUMENT
LONGEST_NAME: Final = 200

ANYWHERE: Final = (  # in a name, any part of it: `--db-password`, `PGPASSWORD`, `X-Api-Token`
    "pass|pwd|secret|token|key|auth|cred|cookie|session|dsn|jwt|bearer|signature|private|salt|seed|mnemonic|webhook"
    "|kennwort|contrase"
)
WHOLE: Final = (
    "pin|pw|otp|totp|mfa|code|sig|sid|pat|cvv|cvc|iban|ssn"  # a word of it: `--pin`, not `--pinned`
)
ACCOUNT: Final = "user|username|account|login|cert"  # its value may be NAME:PASSWORD
PASSWORD_LETTERS: Final = "pa"  # `-pPASS` (mysql, docker, mongo), `-a PASS` (redis-cli)
ACCOUNT_LETTERS: Final = "uU"  # `-u NAME:PASS` (curl), `-U NAME%PASS` (smbclient)
FLAGS_BEFORE: Final = "sSfkLivIgGO"  # letters without a value, as in `curl -sSu NAME:PASS`
SCHEMES: Final = "bearer|basic|digest|token|negotiate|apikey|hmac"  # `Authorization: Bearer SECRET`
HEADERS: Final = r"(?:proxy-)?authorization|(?:set-)?cookie2?"  # all that follows is their value
HOOKS: Final = r"hooks?\.[^\s/]+/[^\s/]+/|/webhooks?/|/bot(?=\d+:)"  # in a URL, what follows is the secret
ISSUED: Final = (  # how the big services' keys begin, wherever they are found
    r"(?:AKIA|ASIA)[A-Z0-9]{12}",
    r"gh[pousr]_\w{16}",
    r"github_pat_\w{16}",
    r"gl(?:pat|ptt|dt|rt)-[\w-]{8}",
    r"xox[a-z]-[\w-]{8}",
    r"xapp-[\w-]{8}",
    r"AIza[\w-]{16}",
    r"ya29\.[\w-]{16}",
    r"SG\.[\w-]{8}",
    r"hv[sbr]\.[\w-]{8}",
    r"[spr]k_(?:live|test)_\w{8}",
    r"sk-(?:ant|proj|or|svcacct|admin)-[\w-]{8}",
    r"whsec_\w{8}",
    r"npm_[A-Za-z0-9]{30}",
    r"pypi-AgE\w{8}",
    r"do[opr]_v1_\w{8}",
    r"dckr_pat_[\w-]{8}",
    r"shp(?:at|ca|pa|ss)_\w{8}",
    r"hf_[A-Za-z]{30}",
    r"AGE-SECRET-KEY-\w{8}",
    r"eyJ[\w-]{10}",
)

SECRET: Final = rf"(?i){ANYWHERE}|(?<![A-Za-z])(?:{WHOLE})(?![A-Za-z])"
SCHEME: Final = "(?i)" + SCHEMES
HEADER: Final = "(?i)" + HEADERS
ORDINARY_OPTION: Final = r"(?s)-[A-Za-z]?|--[A-Za-z]+(?:-[A-Za-z]+)*(?:=.*)?"
ACCOUNT_OPTION: Final = rf"(?i)--?(?:[^=\s]*-)?(?:{ACCOUNT})|-[{FLAGS_BEFORE}]*[{ACCOUNT_LETTERS}]"
PASSWORD_OPTION: Final = rf"-[{PASSWORD_LETTERS}]"

NAME: Final = r"(?<![\w.-])([\w.-]+)[\"'\])]{0,2}\s{0,9}(=|:(?!//))\s{0,9}"
VALUE: Final = (  # an inner comma, `;` or `&` belongs to it, unless a name follows
    r"(?s)\"[^\"]*\"?|'[^']*'?|[^=;\"'\s]+ [^=;\"'\n]{1,200}(?=;)"
    r"|(?:\\.|[^\s,;&\\]|[,;&](?=[^\s,;&])(?![\w. -]{1,60}[\"']?[=:])|\\)+"
)
AFTER_SCHEME: Final = rf"(?i)\b({SCHEMES})\s{{1,20}}\S+"
PRIVATE_KEY: Final = r"(?s)(-----BEGIN [A-Z ]{0,40}-----).+"
OF_ACCOUNT: Final = r"(?s)\A([^:%]*[:%])(.+)"
GLUED_ACCOUNT: Final = rf"(?s)\A((?:--?(?:[^=\s]*-)?(?i:{ACCOUNT})=|-[{FLAGS_BEFORE}]*[{ACCOUNT_LETTERS}])[^:%\s]*[:%])(?!//)(.+)"
GLUED_PASSWORD: Final = rf"(?s)(-[{PASSWORD_LETTERS}]=?)(.+)"
PLAIN: Final = (  # a port, a path, an address: those have the same letters
    r"(?as)\d{1,5}|[./].*|(?:[\d.]{7,15}|localhost)(?::\d+)?"
)
BLANK_IN_LOGIN: Final = r"(://[^\s/:@]{0,100}:)(?!\d{1,5}(?:[/\s?#,]|\Z))[^@]*(?=@)"
LOGIN: Final = r"(?:^|(?<=[=\"',(]))(?:(?://)?[^:/@=\"',(]*:|[A-Za-z][\w$#.-]*/(?=[^/]+\Z))"
HOOK: Final = rf"({HOOKS})\S+"
IN_QUERY: Final = r"(?<==)[^&=\s]+|^[^&=\s]+\Z"
SEGMENT: Final = r"[^/\s:@?#&]+"
PIECE: Final = r"[^\s,;:=&?#@\"'(){}\[\]<>|]+"
RANDOM: Final = r"(?=\S*[0-9])(?=\S*[A-Za-z])[A-Za-z0-9+=_-]{20,}(?:\.[A-Za-z0-9+=_-]{10,})*"
CHUNK: Final = r"(?:[a-z]+\d{0,3}|[A-Z]+\d{0,3}|[A-Z][a-z]+|\d{1,8})"
READABLE: Final = rf"-{{0,2}}{CHUNK}(?:[-_.+]{CHUNK})*"  # `celery-worker-prod-0001`
KEY: Final = rf"(?<![A-Za-z0-9])(?:{'|'.join(ISSUED)})[\w.+/=~-]*"
BASE64: Final = (  # 40 characters are an AWS secret key; a path begins with a slash or has dots and dashes
    r"(?<![\w/+.-])(?=[a-z0-9/+]*[A-Z])(?=[A-Z0-9/+]*[a-z])(?=[A-Za-z/+]*[0-9])"
    r"[A-Za-z0-9+](?:[A-Za-z0-9/+]{39}(?![\w/+.=-])|[A-Za-z0-9/+]{30,}={1,2})"
)
BLANKS: Final = r"(\s+)"
OPENING: Final = "\"'`($[{"
CLOSING: Final = "\"'`)]},;"


def mask_arguments(argv: Iterable[object]) -> list[str]:
    """At most 100 words of at most 1000 characters. A value after an option that names a secret goes, too."""
    masked: list[str] = []
    before = ""
    for word in (str(each)[:READ_MOST] for each in list(argv)[:MAX_ARGUMENTS]):
        shown, before = mask_next(before, word)
        masked.append(shown[:MAX_ARGUMENT])
    return masked


def mask_next(before: str, word: str) -> tuple[str, str]:
    """What is shown of a word, and whether what follows belongs to it; `before` is what this one belongs to, if any."""
    if before and belongs(before, word):
        if re.fullmatch(SCHEME, word) or word == "--":
            return word, before
        if re.fullmatch(HEADER, last_name(before)):
            return MASK, before
        if not re.fullmatch(ACCOUNT_OPTION, before):
            return MASK, ""
        word = re.sub(OF_ACCOUNT, mask_second, word) if "://" not in word else word
        return mask_word(word), ""
    return mask_word(word), word if is_waiting(word) else ""


def belongs(before: str, word: str) -> bool:
    """Whether a word is the value of what came before it. Another option isn't, nor a port after `-p`."""
    if re.fullmatch(PASSWORD_OPTION, before) and re.fullmatch(PLAIN, word):
        return False
    if re.fullmatch(HEADER, last_name(before)):
        return not word.startswith("-") and "://" not in word
    if re.fullmatch(ACCOUNT_OPTION, before):
        return not word.startswith("-")
    return word == "--" or not word.startswith("-") or not re.fullmatch(ORDINARY_OPTION, word)


def is_waiting(word: str) -> bool:
    """Whether the next word is the value of this one: `--token`, `-u`, `password=`, `Authorization:`, `Bearer`."""
    if word.lower() == "bearer":
        return True
    is_option = word.startswith("-")
    if is_option and (re.fullmatch(ACCOUNT_OPTION, word) or re.fullmatch(PASSWORD_OPTION, word)):
        return True
    if word.endswith((":", "=")):
        return is_secret(last_name(word))
    return is_option and not re.search(r"[=\s]", word) and is_secret(word)


def last_name(word: str) -> str:
    """The name before the mark at a word's end: `--header=Authorization:`, `{"password":`."""
    return re.split(r"[^\w-]", word[-LONGEST_NAME:].rstrip(":=\"'"))[-1]


def is_secret(name: str) -> bool:
    return re.search(SECRET, name) is not None


def mask_word(word: str) -> str:
    """A word by itself, or, if it has blanks, a command line of its own (`sh -c "mysql -pPASS"`)."""
    glued = re.fullmatch(GLUED_PASSWORD, word) if word.startswith("-") else None
    if glued and not re.fullmatch(PLAIN, glued[2]):
        return mask_second(glued)
    for substitute in IN_TEXT if re.search(BLANKS, word) else IN_WORD:
        word = substitute(word)
    return word


def mask_second(found: re.Match[str]) -> str:
    """What its first group matched, which says that the rest is secret."""
    return found[1] + MASK


def mask_account(word: str) -> str:
    return re.sub(GLUED_ACCOUNT, mask_second, word) if word.startswith("-") else word


def mask_login(word: str) -> str:
    """`NAME:PASSWORD@HOST`, with a scheme, with slashes or bare, and `NAME/PASSWORD@HOST`. The last @ is the one."""
    end = word.rfind("@")
    if end < 0:
        return word
    scheme = word.find("://", 0, end)
    if scheme >= 0:
        return mask_login(word[:scheme]) + "://" + MASK + word[end:]
    found = re.search(LOGIN, word[:end])
    return word[: found.end()] + MASK + word[end:] if found else word


def mask_address(word: str) -> str:
    """A URL's segments that look random, and all values of its query."""
    head, mark, query = word.partition("?")
    if "://" not in head:
        return word
    head = re.sub(
        SEGMENT,
        lambda found: MASK if re.fullmatch(RANDOM, found[0]) else found[0],
        re.sub(HOOK, mask_second, head),
    )
    return head + mark + re.sub(IN_QUERY, MASK, query)


def mask_named(text: str) -> str:
    """What follows a secret's name. If that is how the text begins (`--env=API_KEY=`), it's all the rest."""
    shown: list[str] = []
    done = chain = 0
    position, names = 0, re.compile(NAME)
    while found := names.search(text, position):
        position = found.end()
        first = found.start() == chain
        if is_secret(found[1] if found[2] == "=" else found[1].rpartition(".")[2]):
            end = len(text) if first and not found[0][-1].isspace() else find_end(text, found)
            if end > position:
                shown += (text[done:position], MASK)
                done = position = end
        elif first and found[0].endswith("="):
            chain = position
    return "".join(shown) + text[done:]


def find_end(text: str, name: re.Match[str]) -> int:
    """Where the value of a name ends. A header's goes on to the quote before the header, or to the end."""
    if re.fullmatch(HEADER, name[1]) and text[name.end() : name.end() + 1] not in ("'", '"'):
        opened = text[name.start() - 1] if name.start() else ""
        end = text.find(opened, name.end()) if opened in ("'", '"') else -1
        return end if end >= 0 else len(text)
    value = re.compile(VALUE).match(text, name.end())
    return value.end() if value else name.end()


def mask_keys(text: str) -> str:
    """What a service issued, and what looks random, anywhere in a word."""
    text = re.sub(BASE64, MASK, re.sub(KEY, MASK, re.sub(PRIVATE_KEY, mask_second, text)))
    bare = not text.startswith("-") and "=" not in text.rstrip("=")
    return MASK if bare and re.fullmatch(RANDOM, text) else re.sub(PIECE, mask_piece, text)


def mask_piece(found: re.Match[str]) -> str:
    return MASK if re.fullmatch(RANDOM, found[0]) and not re.fullmatch(READABLE, found[0]) else found[0]


def mask_phrases(text: str) -> str:
    """What only shows in a text: a scheme with its credentials, a login with a blank in its password."""
    text = re.sub(AFTER_SCHEME, lambda found: f"{found[1]} {MASK}", re.sub(PRIVATE_KEY, mask_second, text))
    end = text.rfind("@") + 1
    return re.sub(BLANK_IN_LOGIN, mask_second, text[:end]) + text[end:]


def mask_parts(text: str) -> str:
    """As a command line of its own. A quoted value has more than one part; what isn't recorded anyhow isn't looked at."""
    shown: list[str] = []
    before = quote = ""
    length = 0
    for part in re.split(BLANKS, text):
        word = part.lstrip(OPENING)
        opening = part[: len(part) - len(word)]
        if not part or part.isspace():
            masked = part
        elif quote:
            masked = MASK
            quote = "" if quote in part else quote
        else:
            masked, after = mask_next(before, word)
            if masked == MASK and opening[-1:] in ("'", '"') and opening and opening[-1] not in word:
                quote = opening[-1]
            masked, before = opening + masked, after.rstrip(CLOSING)
        shown.append(masked)
        length += len(masked)
        if length > MAX_ARGUMENT:
            break
    return "".join(shown)


IN_WORD: Final[tuple[Callable[[str], str], ...]] = (
    mask_account,
    mask_login,
    mask_address,
    mask_named,
    mask_keys,
)
IN_TEXT: Final[tuple[Callable[[str], str], ...]] = (mask_account, mask_named, mask_phrases, mask_parts)
