"""The places of a C++ file that can be changed, and what is changed there."""

import dataclasses
import re

# What is put for an operator that stands between blanks, as those of templates and declarators do not.
BETWEEN_BLANKS = {
    "==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"],
    "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"], "^": ["|"],
    "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="],
}
ANYWHERE = {"++": ["--"], "--": ["++"], "!": [""], "true": ["false"], "false": ["true"]}

TOKEN = re.compile(r"""
    (?P<skip> //[^\n]* | /\*.*?\*/ | ^[ \t]*\#(?:[^\n\\]|\\.|\\\n)* |
        R"(?P<end>[^(\n]*)\(.*?\)(?P=end)" | \[\[.*?\]\] )
  | (?P<text> "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)+' )
  | (?P<number> (?<![\w.])(?:0[xX][0-9a-fA-F']+|0[bB][01']+|\d[\d']*)(?:\.\d+)?\w* )
  | (?P<word> [A-Za-z_]\w* )
  | (?P<sign> <=>|<<=|>>=|->|::|==|!=|<=|>=|&&|\|\||<<|>>|\+=|-=|\*=|/=|\|=|&=|\^=|\+\+|--|[-+*/%&|^!<>=?:;,.(){}\[\]~] )
""", re.VERBOSE | re.MULTILINE | re.DOTALL)

# Not those in base 8, which are modes: what is next to one of them is no mode that anybody would give.
NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+?|0|[1-9]\d*)((?:[uU]?[lL]{0,2}|ns|us|ms|s|min|h|sv?|uz|zu)?)")


@dataclasses.dataclass(frozen=True)
class Token:
    kind: str
    text: str
    begin: int
    end: int


@dataclasses.dataclass(frozen=True)
class Change:
    file: str
    line: int
    begin: int
    end: int
    old: str
    new: str

    def apply(self, text):
        return text[:self.begin] + self.new + text[self.end:]

    def __str__(self):
        old, new = (" ".join(each.split()) for each in (self.old, self.new or "nothing"))
        return f"{self.file}:{self.line}: {old} -> {new}"


def tokens_of(text):
    return [Token(found.lastgroup if found.lastgroup != "end" else "skip", found.group(), found.start(), found.end())
            for found in TOKEN.finditer(text)]


def others_for_number(token):
    """Returns the next number, and the one before."""
    found = NUMBER.fullmatch(token.text.replace("'", ""))
    if not found:
        return []
    digits, suffix = found.groups()
    is_hex = digits[:2] in ("0x", "0X")
    value = int(digits, 16 if is_hex else 10)
    return [f"{hex(each) if is_hex else each}{suffix}" for each in (value + 1, value - 1) if each >= 0]


def closing(tokens, at):
    """Returns the index of what closes the bracket at this index."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].text in ("(", "[", "{")
        depth -= tokens[index].text in (")", "]", "}")
        if depth == 0:
            return index
    return None


def condition(tokens, at):
    """Returns the range of tokens of the condition in the parentheses at this index, unless it declares something."""
    end = closing(tokens, at)
    if end is None:
        return None
    begin = at + 1
    depth = 0
    for index in range(at, end):
        depth += tokens[index].text in ("(", "[", "{")
        depth -= tokens[index].text in (")", "]", "}")
        if depth == 1 and tokens[index].text == ";":
            begin = index + 1
    declares = any(each.text == "=" for each in tokens[begin:end])
    return None if declares or begin >= end else (begin, end)


def changes_of(file, text):
    """Returns each change of the file. Some may not compile."""
    tokens = [each for each in tokens_of(text) if each.kind != "skip"]
    # What no test can see, since it decides whether the file compiles
    hidden = set()
    for index, token in enumerate(tokens):
        if token.text == "static_assert" or token.text == "constexpr" and tokens[index - 1].text == "if":
            hidden.update(range(index, (closing(tokens, index + 1) or index) + 1))
    out = []

    def add(begin, end, new):
        out.append(Change(file, text.count("\n", 0, begin) + 1, begin, end, text[begin:end], new))

    for index, token in enumerate(tokens):
        if index in hidden:
            continue
        before, after = text[token.begin - 1:token.begin], text[token.end:token.end + 1]
        if token.kind == "number":
            for new in others_for_number(token):
                add(token.begin, token.end, new)
        elif token.text in ANYWHERE:
            for new in ANYWHERE[token.text]:
                add(token.begin, token.end, new)
        elif token.text in BETWEEN_BLANKS and before.isspace() and after.isspace():
            # Texts are only joined.
            if token.text == "+" and "text" in (tokens[index - 1].kind, tokens[index + 1].kind):
                continue
            for new in BETWEEN_BLANKS[token.text]:
                add(token.begin, token.end, new)
        elif token.text in ("if", "while") and tokens[index + 1].text == "(":
            found = condition(tokens, index + 1)
            if found:
                begin, end = tokens[found[0]].begin, tokens[found[1] - 1].end
                add(begin, end, f"!({text[begin:end]})")
    return out
