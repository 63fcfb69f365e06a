"""What may and may not stand around a limit, so that it is one: of this measure, for all participants, now.

These are words of English, not of a disease. They are tried on lines after `SAME_SIGNS`.
"""

from __future__ import annotations

import re

_PEOPLE = (
    r"(?:wom[ae]n|m[ae]n|males?|females?|patients?|subjects?|participants?|persons?|people|individuals?|volunteers?"
    r"|those|children|adults?|adolescents?|boys?|girls?|cohorts?|arms?|groups?|parts?|phases?|stud(?:y|ies)|cases?)"
)
# What may stand between a measure and its limit.
_FILLER = re.compile(
    r"""(?: [\s:=()-] | (?-i: \( [A-Z][A-Za-z]{1,9} \) )
    | \b(?: scores? | values? | levels? | counts? | concentrations? | results? | grades? | class(?:es)? | stages?
      | classification | category | liver \s+ function | range[sd]? | ranging | limits? | groups? | criteri\w+
      | of | is | are | was | were | be | being | must | should | has | have | having | with | an? | the
      | between | from | total | serum | plasma | blood | whole | equal | either
      | at \s+ (?:the \s+)? (?:time \s+ of \s+)? (?:baseline | screening | enroll?ment | inclusion | entry | admission
        | randomi[sz]ation | consent | presentation) )\b
    )*""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST_FILLER = 50
_AND = re.compile(
    r"(?:\s*points)?\s*[,;/]?\s*(?:and\s*/\s*or|and|or|but|to|-|&)?\s*(?:also\s+|is\s+|be\s+)?[(]?\s*", re.IGNORECASE
)
# What a number without a unit can be followed by. Anything else may be a unit that the rules do not know.
_NO_UNIT = re.compile(
    r"""\s* (?: $ | [.,;:)(] (?!\d) | [<>≥≤] | - \s+ (?!\d) | points? \b | 分 | to (?= \s* [<≤])
    | (?: and | or | but | at | on | with | without | who | as | in | within | prior | before | during | by | inclusive
      | despite | is | are | was | were | will | to \s+ be | unless | except | if | when | for | because | due | not
      | based | according | using | measured | per \s+ protocol | regardless | both | either
      | of \s+ (?: either | any ) | male | female | men | women | live | living | residing | diagnosed | undergoing
      | scheduled | admitted | presenting | suffering | attending | receiving | able | willing | capable ) \b )""",
    re.IGNORECASE | re.VERBOSE,
)
_NOT_BEFORE = re.compile(
    rf"""
    \b(?: not | no | without | never | neither | nor | outside | other \s+ than | rather \s+ than | excluding
      | except (?:ing)? ) \b [^,;.()]{{0,40}} $
    | \b(?: if | unless | when | applicable ) \b [^;.]* $
    | \b(?: for | in | among | to ) \s+ (?:\w+ \s+){{0,2}} {_PEOPLE} (?:'s?)? \s* (?:\w+ \s+){{0,3}} [(]? $
    | (?: ^ | [;.(] \s* ) for \s+ (?! (?: inclusion | eligibility | entry | enroll?ment) \b) [^;.()]* [,:]
      \s* (?:\w+ \s+){{0,5}} $
    | (?: ^ | [;.(] \s* ) in \s+ (?: the \s+ )? (?: cases? | event | presence | absence | {_PEOPLE} ) \b
      [^;.()]* [,:] [^;.]* $
    | \b(?: target (?:ed)? | goal | desired | therapeutic ) \s+ $
    | \bfor \s* $
    | \b(?: MRI | CT | scans? | x-?rays? | imag(?:es?|ing) | radiographs? | films? | records? ) \b [^;.]* $
    | \bor \s+ (?: children | adolescents | infants | minors ) \s+ $
    | \b(?: cohorts? | arms? | groups? | parts? | phases? ) \s+ \w{{1,4}} \s* : [^;]* $
    | {_PEOPLE} \s* \( \s* n \s* = \s* \d+ \s* \) \s* : [^;.]* $
    | \bin \s+ which \s+ case \b [^;.]* $
    | % \s+ of \b [^;.]* $
    | \d \s* %? \s* \( $
    | \b(?: Lansky | Karno[fv]sky | ECOG | performance ) \b [^;.:,]{{0,60}} $
    | \b(?: risk \s+ factors? | (?:post | peri | pre)? -? menopaus\w* ) \b [^;.]* $
    | \b(?: diagnos\w* | onset ) \b (?: \s+ \w+){{0,3}} \s+ $
    | \b(?: diagnos\w* | onset | symptoms? ) \b [^;.,()]* \b (?: at | before | prior \s+ to | after | or | from ) \s+ $
    | \b(?: increases? | rise | decrease | change | drop | fall | decline | reduction | elevation | difference
      | improvement ) \s+ (?: in | of ) \s+ (?:\w+ \s+){{0,2}} $
    | \b(?: doubling | delta ) \s+ (?: of \s+ )? (?:\w+ \s+)? $
    | \b(?: donors? | parents? | guardians? | caregivers? | carers? | siblings? | mothers? | fathers? | partners?
      | spouses? | relatives? | famil(?:y|ies) | offspring | representatives? | wi(?:fe|ves) | husbands? | sons?
      | daughters? ) \b [^;.]* $
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NOT_AFTER = re.compile(
    rf"""\s* [,()]? \s*
    (?: (?: in | for | among ) \s+ (?:(?: the | all | any | adult | healthy | those | male | female )\s+)* {_PEOPLE} \b
      | (?: if | where | whose | when (?! \s+ (?:\w+ \s+){{0,3}} (?: consent | sign )) ) \b
      | (?: must | should | could | can | may | requir\w+ | (?: have | has | needs? ) \s+ to ) \b
      | will \s+ (?: be \s+ (?: willing | able ) | have | sign | provide | give | need | require ) \b
      | (?: is | are | was | were ) \s+ not \b
      | with \s+ [^;.]{{0,30}} \b (?: parent\w* | guardian | legally | legal \s+ represent\w* ) \b
      | (?: and | or | , | ; ) \s* (?: (?: fe )? males? | (?: wo )? m[ae]n ) \s*
        (?: : | \( | [<>≥≤\d] | aged? | between )
      | (?: or | and | to | , | / | - ) \s* (?-i: [A-C] ) \s? \d
      | (?: parts? | cohorts? | arms? | groups? | phases? ) \s+ [A-Z\d] \b
      | (?: who | that ) \s+ [^;.]{{0,60}} \b (?: may | can ) \s+ be \b
      | (?: is | are | (?: may | will | can ) \s+ be ) \s+ (?: acceptable | allowed | permitted ) \b
      | would \b
      | (?: fe )? males? \s* (?: / | [)] | :? \s* \d ) | (?: wo )? m[ae]n \s* (?: / | [)] )
      | [^;.]{{0,80}} \b (?: amenorrh\w+ | menopaus\w* | post-?menopaus\w* | donors? ) \b
      | (?: per \s+ (?:day|week|month) | / \s* d (?:ay)? \b | daily )
      | (?: increase | rise | decrease | increments? | change )
      | (?: from | above | below | over | than | x | times | of ) \s+ (?: the \s+ )? baseline
      | (?: after | ago | since | post | following | later | apart | earlier ) \b
      | of \s+ (?: experience | duration | follow | disease | symptoms | history | treatment | therapy | diabetes
        | education )
      | (?: at | of | to | before | prior \s+ to | since | from ) \s+ (?: (?: the | time | of | initial | first | age
        | disease | symptom | cancer | their | his | her | original )\s+)* (?: diagnosis | onset | birth | menarche
        | menopause | conception )
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# The age of men behind the age of women.
_OTHER_SEX = re.compile(
    r"\b(?:fe)?(?:males?|m[ae]n|wom[ae]n)\b[^.]{0,30}\d[^.]{0,30}\b(?:(?:fe)?males?|m[ae]n|wom[ae]n)\W*(?:aged?\s*)?$",
    re.IGNORECASE,
)
_END_OF_SENTENCE = re.compile(r"[.;!?]\s")
_LONGEST_SENTENCE = 400


def is_filler(gap: str) -> bool:
    """Return whether a measure and a limit belong together that have this between them: `score of`, `is`, `(`."""
    return len(gap) <= _LONGEST_FILLER and bool(_FILLER.fullmatch(gap.rstrip().removesuffix(",")))


def is_connection(gap: str) -> bool:
    """Return whether two limits can be of the same measure that have this between them: `and`, `or`, `to`."""
    return bool(_AND.fullmatch(gap))


def is_barred_before(text: str) -> bool:
    """Return whether what stands before a measure says that its limit does not count, or not for everybody."""
    text = text[-_LONGEST_SENTENCE:]
    ends = [found.end() for found in _END_OF_SENTENCE.finditer(text)]
    return bool(_NOT_BEFORE.search(text[ends[-1] :] if ends else text) or _OTHER_SEX.search(text))


def is_barred_after(line: str, end: int) -> bool:
    """Return whether what stands behind a limit, from `end` on, says that it does not count for everybody."""
    return bool(_NOT_AFTER.match(line, end))


def ends_plainly(line: str, end: int) -> bool:
    """Return whether nothing stands behind a number, from `end` on, that could be an unknown unit."""
    return bool(_NO_UNIT.match(line, end))
