"""How people say rules, decisions and facts that are meant to last, in English and Chinese, and how they say all the rest."""

from __future__ import annotations

import re

from engrep.indexers.slots import setting_of
from engrep.indexers.statement_text import count_words, identifiers


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in patterns), re.IGNORECASE)


_LEADING = re.compile(
    r"(?i)^(?:(?:also|and|but|so|ok|okay|yes|yeah|yep|good|great|perfect|nice|thanks|thank you|cool|right|alright|hey|hi|please|pls|"
    r"btw|by the way|oh|one more thing|note|note that|fyi|actually|correction|remember|remember that|keep in mind|keep in mind that|"
    r"looks good|sounds good|you (?:keep|always) forget(?:ting)?|reminder|important|then|well|again|just)\b[\s,.:!—–-]+|(?:no no|no|nope|wait|stop)[,.:!—–][\s]*|no (?=no\b)|"
    r"(?:另外|还有|好的|好|嗯|对了|记住|请记住|顺便说一下|麻烦|不对|不|注意|对)[，,：:。！\s]+)+"
)
QUESTION = _any(
    r"[?？]\s*[\"')*]*$",
    r"^(?:can|could|should|shall|would|will|do (?:we|you|i|they|the|these|those|our|any)|does|did|is|are|was|were|what|why|how|who|which|where|any idea|have you|has)\b(?!.*\b(?:must|never|always)\b)",
    r"吗[。！]?$|呢[。！]?$|要不要|能不能|是否|怎么|为什么|什么时候|哪个|哪些|有没有|是不是|可不可以|行不行|如何",
)
_TRANSIENT = _any(
    r"\b(?:for now|right now|today|tomorrow|tonight|this time|this once|in this (?:pr|commit|session|task|change|file|function|test|chat)|"
    r"temporarily|each step|the plan is|by (?:mon|tues|wednes|thurs|fri|satur|sun)day|critical path|blockers?|remaining|for the moment|at the moment|next session|in a (?:minute|second|sec|bit)|(?:not )?yet|this week|so far|let me|"
    r"i'll|i’ll|i will|i'm going to|i am going to|working on|gonna)\b",
    r"暂时|这次|今天|明天|先这样|等下|一会|刚才|稍后|本次|临时|目前先|我来|我会|正在",
)
_UNSURE = _any(
    r"\b(?:maybe|perhaps|might|probably|not sure|i guess|i think|i wonder|i suppose|would be nice|could be|seems?|looks like|apparently|"
    r"in theory|for example|e\.g\.|hypothetically|wondering|considering|says|thinks|claims|told me|i heard|either|options?)\b",
    r"可能|也许|大概|好像|似乎|不确定|我觉得|我想是|比如|例如",
)
FAILURE = _any(
    r"\b(?:fails?|failing|failed|errors?|exceptions?|broken|breaks|crash\w*|throw(?:s|ing)?|threw|stuck|bugs?|wrong|weird|"
    r"(?:does not|doesn't|doesn’t|not|isn't) work(?:ing)?|slow|hang(?:s|ing)?|timing out|hitting|traceback|missing)\b",
    r"报错|失败|错误|崩溃|异常|不行|卡住|挂了|出问题|不能启动|启动不了|死锁|太慢",
)
_COMPLAINT = re.compile(
    r"(?i)\b(?:fails?|failing|failed|broken|crash\w*|throw(?:s|ing)|threw|stuck|weird|(?:does not|doesn't|doesn’t|not|isn't) work(?:ing)?|hang(?:s|ing)?|timing out|hitting)\b|报错|失败了|崩溃|不行|卡住|挂了|启动不了"
)
# Words that point at something outside the sentence.
_POINTING = re.compile(
    r"(?i)^(?:it|this(?! (?:repo|repository|project|codebase)\b)|that|these|those|they|them|he|she|here|there|both|same|such|all of|the (?:same|former|latter|above|rest|other)|"
    r"either|neither|one|otherwise|then)\b(?!-)|^(?:它|这|那|该|此|其)"
)
_DANGLING = re.compile(
    r"(?i)\bhere\b|\b(?:these|those)\s+(?:through|via|with|to|in|on|as|are|is|and|from)\b|\b(?:as|the) (?:above|below|following)\b"
)
_POINTED = r"(?:it|that|this|these|those|them|there|here|so|anything|all three|both|the existing|the same|the above)\b"
_VERBS = r"(?:use|prefer|go with|stick (?:to|with)|choose|pick|run|write|put|name|indent|format|keep|store|import|return|raise|log|wrap|default to|commit|handle|validate|place)"
_SUBJECT = (
    r"(?:we|you|i|one|everyone|developers?|agents?|the team|the project|this (?:project|repo|repository|codebase))"
)
_DURABLE = re.compile(
    r"(?i)\b(?:all|every|each|everything|any|only|always|never|no|not|instead|per|across|going forward|default|by default)\b|-only\b|-based\b"
)

RULE = _any(
    rf"^(?:always|never)\s+(?!mind\b|the\b|a\b|an\b|been\b|seen\b|had\b|got\b|fails?\b|{_POINTED})\w+",
    rf"\b{_SUBJECT}\s+(?:should\s+|must\s+)?(?:always|never)\s+(?!got|gets?|had|have|has|saw|sees?|seen|hit|was|were|did|been|{_POINTED}|\w+ed\b)\w+",
    r"^(?:whenever|every time|each time|before (?:every|each|any)|after (?:every|each|any))\b[^,]{3,80},\s*\w+",
    r"^(?!the\b|it\b|this\b|that\b|i\b|you\b|he\b|she\b|they\b)(?!.*\b(?:should|must|need|needs|has to)\b)[a-z][\w' /-]{3,60},\s*(?:not|never)\s+(?!sure|yet|really|that|the\b|only)\w+",
    r"^(?:every|each|all)\s+(?:new\s+)?[\w -]{3,40}?\s(?:gets?|needs?|uses?|follows?|goes? (?:to|in|into|under|through))\s",
    r"^(?!the\b|it\b|this\b|that\b|i\b|you\b|they\b)[a-z][\w ]{3,30}\sfollows?\s(?!the\b|that\b|this\b|from\b)\w+",
    r"^[\w ]{3,40}\s(?:are|is|use|uses|live|lives)\s.*\bin (?:this|our) (?:codebase|repo|repository|project)\b",
    r"^(?:use|follow|write|prefer)\s+(?!the\b)(?:[\w-]+\s+){1,3}(?:commits?|imports?|names?|naming|messages?|style|conventions?|spelling|quotes|headings)\W*$",
    r"^[a-z]+(?:\s[\w`]+){0,3}\sbefore (?:merging|committing|pushing|releasing|deploying)\b",
    r".{2,20}要用.{1,20}[，,]\s*(?:不是|不要|而不是)",
    r"^[\w ]{3,30}:\s+(?:always|never|no|use|store|keep|prefer|only|don't)\s+\w+",
    r"^(?:this|our|the) (?:repo|repository|project|codebase) (?:is \w+[ -]only|uses|targets|supports)\b",
    r",\s*so\s+(?:please\s+)?(?:never|always|don't|don’t|do not)\s+\w+",
    r"^(?:do not|don't|don’t|dont)\s+(?:ever\s+)?(?!worry|bother|forget|know|think|mind|remember|see|understand|have|need|care|you|we|be\b|do\b|get\b|stop|start|ask|wait|hesitate|rush|try|give|tell)\w+",
    rf"\b{_SUBJECT}\s+(?:do not|don't|don’t|no longer|must not|should not|shouldn't|cannot|can't)\s+(?:ever\s+)?(?:use|want|allow|commit|push|ship|write|put|store|log|mock|deploy|merge|support|accept|import|call|add|edit)\b",
    r"\bfrom now on\b|\bgoing forward\b",
    r"^[\w\s'-]{3,60}\bonly\b\s*[—–,-]+\s*(?:no|not|never)\b",
    r"^(?:for|in|when|on|if)\b[^,]{2,60},\s*(?:please\s+)?(?:always|never|don't|do not)\s+\w+",
    rf"^(?:(?:for|in|when|on|if)\b[^,]{{2,60}},\s*(?:always\s+|please\s+)?)?{_VERBS}\b.{{1,80}}(?:\b(?:instead of|rather than|over)\b|[,—–-]\s*(?:and\s+)?(?:not|never|no)\b|\bnot\b)",
    rf"\b(?:we|i)\s+(?:always |only |all |currently |now )?(?:use|indent|format|deploy|follow|target|support only|only support)\s+(?!{_POINTED}|the\b|to\b|case\b)[\w@`\"]",
    r"\bI\s+(?:really |strongly )?(?:prefer|dislike|hate|don't like|don’t like|do not like)\s+(?!it\b|this\b|that\b|the\b|how\b|what\b|when you\b|your\b)\w+",
    r"\bno longer (?:use|support|allow|need)\b|\bthe rule (?:is|has|changed|for)\b|\b(?:convention|policy|rule)s?\s*(?:is|are|:)",
    r"(?:^|[，,。；：:\s])(?:总是|始终|一律|统一(?:使用|用|采用)?|必须|务必|禁止|不得|不允许|不准|切勿|绝不|永远不要|不要(?!紧)|别再|别用|请勿|优先(?:使用|用)|只能|只用|只允许|默认(?:使用|用)|不用)",
    r"从现在(?:起|开始)|(?:^|[，,。；\s])(?:以后|今后)(?!的)",
    r"(?:改用|不再使用|不再用)\s*\S+|用\s*\S+\s*(?:而不是|代替|替代|，?\s*不要用|，?\s*不用)",
    r"我们(?:都|一直|统一|只)?(?:用|使用|采用)|我(?:更)?(?:喜欢|习惯|偏好)(?!你|这个|那个)|(?:都|一律|统一)(?:必须|要|用|使用)|.{2,20}(?:必须|一律|不得|禁止|统一用|统一使用).{2,}",
)  # fmt: skip
MUST = _any(
    r"^(?!it\b|this\b|that\b|there\b|i\b|he\b|she\b|they\b|which\b|what\b|you\b)(?:[\w`'/@.*-]+\s+){1,9}?(?:(?<!we )(?<!you )(?<!I )(?:must(?! have\b)|should(?! (?:be (?:fine|ok|okay|working|done|good|able)|work|pass|now|help|fix))|has to|have to|needs? to))\s+(?:not\s+|never\s+|always\s+)?\w+",
    r"^(?:make sure|ensure|be sure)\s+(?:that\s+)?(?!it\b|this\b|that\b|you\b|nothing\b|everything\b|to\b|i\b|they\b|(?:all )?(?:the )?(?:tests?|build|code|ci)\b)[\w`'-]+",
    r"^make\s+(?!it\b|this\b|that\b|sure\b|a\b|an\b|the\b)[\w-]+.*\b(?:all|every|each|only|never|always)\b|^make\s+[\w-]+-only\b",
)
DECISION = _any(
    r"\b(?:we|i|the team|team)(?:'ve|’ve| have)?\s+(?:decided|chose|settled|agreed|opted|picked|standardi[sz]ed)\b",
    rf"\blet(?:'s|’s|s| us)\s+(?:go with|use|stick (?:with|to)|switch to|keep|adopt|drop|avoid|move to)\s+(?!{_POINTED})",
    rf"\b(?:we|i)(?:'ll|’ll| will|'re going to| are going to)\s+(?:use|go with|switch to|keep|store|move to|stick (?:with|to)|adopt)\s+(?!{_POINTED})",
    r"\b(?:we|i)(?:'re|’re|'m|’m| are| am)\s+(?:moving|switching|migrating|going)\s+(?:away\s+from|from|to|with|over to)\b",
    rf"\b(?:we|i)(?:'ve|’ve| have)?\s+(?:switched|moved|migrated|standardi[sz]ed|renamed|replaced)\s+(?!{_POINTED})(?:from|to|on|\w+ (?:to|with|by))\b",
    rf"\b(?:i|we)\s+(?:also\s+)?(?:want|need|would like|'d like)\s+to\s+(?:use|switch|move|migrate|keep|store|adopt|avoid|stop using|drop|go with)\s+(?!{_POINTED})",
    r"\bdecision\s*[:：]",
    r"(?:最长|最大|最多|至多|不超过|上限(?:是|为)?)\s*\d+",
    r"^(?:the |our )?(?:max(?:imum)?|min(?:imum)?|default)\b[^.]{3,60}\bis\s+\S*\d",
    r"(?:我|我们|团队|大家)?(?:已经|最终|最后)?决定(?:了)?(?:用|使用|采用|不|把|将|改|选)?|(?:就|选|采)用\s*[A-Za-z\u4e00-\u9fff]+|敲定|定下来",
    r"(?:从|由|把|将)\s*[A-Za-z][\w.@/-]*\s*(?:改|换|迁移|切换)(?:为|成|到)\s*[A-Za-z]",
)
_WANT = _any(
    r"^(?:i|we)\s+(?:also\s+)?(?:want|need)\s+(?!to\b|you\b|a (?:summary|list|script|plan|review|report)\b|an (?:explanation|overview)\b|help\b|more\b|it\b|this\b|that\b|the\b|some\b|your\b|them\b)(.{8,})"
)
_DATA = re.compile(
    r"^(?:[A-Z]\w+|Each \w+|An? \w+|Every \w+)(?: \w+)? (?:have|has|contains?|consists? of) (?!been\b|\w+ed\b)[^.]*,[^.]*(?:,|\band\b)"
)
_FACT = re.compile(
    r"(?i)^(?:the |our |all |each |every |`)[\w`/{}.' -]{2,50}?\s(?:(?:is|are) (?:at|in|defined in|stored in|handled by|configured in|generated by|owned by)|lives? in|uses?|validates?|"
    r"returns?|creates?|stores?|calls?|handles?|reads?|writes?|expects?|requires?|sends?|runs? on|listens? on|belongs? (?:in|to))\s"
)
_PREFERENCE = re.compile(
    r"(?i)\bI (?:really |strongly )?(?:prefer|always|never|like|dislike|hate|don't like|don’t like|do not like)\b|我(?!们)|responses?\b|回答"
)
_NAMED = re.compile(r"^(?i:the|our)\s[\w ]{3,40}\s(?:is|are)\s+[`\w./-]*[A-Z_./-][`\w./-]*,\s*not\s")
PREFERENCES = re.compile(
    r"(?i)^.{0,80}?\b(?:preferences?|rules?|conventions?|how I (?:like|want|prefer)[^:]{0,20}|guidelines?|requirements?|standards?|constraints?)\b[^:：]{0,40}[:：]\s*(.{6,})|^.{0,20}(?:规则|规范|约定|偏好|要求)[：:]\s*(.{3,})"
)
EVERYWHERE = re.compile(
    r"(?i)\b(?:all (?:of )?my|every|future|any|other|across (?:all )?(?:my )?) ?(?:projects?|repos(?:itories)?)\b|\bwhen I work on\b|\beverywhere I\b|所有(?:的)?项目|每个项目|任何项目"
)
ON_BRANCH = re.compile(r"(?i)\b(?:on|for|in) this branch\b|(?:这个|本)分支")
_REASON = re.compile(
    r"(?i)[,;—–-]*\s*\b(?:because(?: of)?|due to|since(?= (?:it|we|they|the|our|there)\b)|so that|otherwise|the reason is(?: that)?)\s+(.{4,})$"
    r"|[，,；]?\s*(?:因为|原因是|否则|以便|避免)\s*(.{2,})$"
)
_REASON_FIRST = re.compile(
    r"(?i)^(?:because|since|due to)\s+([^,]{4,}),\s*(.+)$|^(?:因为|由于)\s*([^，,]{2,})[，,](?:所以|因此)?\s*(.+)$"
)
ACCEPTED = _any(
    r"^(?:yes|yep|yeah|good|great|perfect|looks? good|lgtm|nice|ok|okay|sounds good|do it|go ahead|ship it|exactly|correct|confirmed|agreed|awesome|"
    r"thanks|thank you|solid|love it|works|that works|that fixed|that did|fixed|down to|set it up|add it|makes sense|approved|right|cool|excellent|sure|let's do)\b",
    r"^(?:好|可以|没问题|行|对|是的|不错|完美|就这样|同意|搞定|修好|解决|正确|确认)",
)
REFUSED = _any(
    r"^\W*(?:no|nope|not|wrong|actually|instead|undo|revert|wait|stop|hmm+|don't|that's not|that is not|never mind|but|i don't|i do not)\b",
    r"\b(?:still (?:fails?|failing|broken|not)|does(?:n't| not) work|didn't (?:work|help|fix)|not what i)\b",
    r"^(?:不对|不是|不要|不行|错|别|等等|但是|还是不|还是报)",
)
FIXED = _any(
    r"\b(?:fixed|solved|resolved) (?:it|that|this|the)\b|\b(?:works?|working|passes|passing|green) (?:now|again)\b|\bno more \w+|\bthat (?:worked|did it|fixed)\b|^(?:works|fixed|resolved)\b|\bdown to \d",
    r"修好了|解决了|正常了|可以了|好了$|通过了|没问题了",
)


def stripped(sentence: str) -> str:
    """Return a sentence without the words that only lead over to it."""
    return re.sub(r"(?i)^[^,;]{0,25}[,;]\s*(?=from now on\b|going forward\b)", "", _LEADING.sub("", sentence.strip()))


def is_statement(sentence: str) -> bool:
    """Tell whether a sentence can stand for itself: no question, no passing state, nothing that points elsewhere."""
    if (
        QUESTION.search(sentence)
        or _TRANSIENT.search(sentence)
        or _POINTING.match(sentence)
        or _DANGLING.search(sentence)
    ):
        return False
    return not sentence.endswith((":", "：", "…", "..."))


# A rule about something at hand may be meant for the moment: it is proposed, and does not hold by itself.
_AT_HAND = re.compile(
    r"(?i)(?<!not )(?<!of )\bthe (?:old|new|type|types|file|function|method|class|button|line|variable|current|previous|first|last|other|public api|header|change|fix|loop)\b"
)


def kind_said_by_user(sentence: str) -> tuple[str, bool] | None:
    """Return the kind of a user's statement and whether it is a rule or decision in so many words; None for the rest."""
    if not is_statement(sentence) or _UNSURE.search(sentence) or not _is_long_enough(sentence):
        return None
    if RULE.search(sentence) and not _is_about_it(sentence) and not _is_complaint(sentence):
        return ("preference" if _PREFERENCE.search(sentence) else "convention"), not _AT_HAND.search(sentence)
    if (
        MUST.search(sentence)
        and not _is_one_thing(sentence)
        and (not FAILURE.search(sentence) or re.match(r"(?i)make sure|ensure|be sure", sentence))
    ):
        return "constraint", True
    if FAILURE.search(sentence):
        return None
    if DECISION.search(sentence):
        return "decision", not _AT_HAND.search(sentence)
    if _states_setting(sentence):
        return "convention", True
    wanted = _WANT.search(sentence)
    if wanted and (_DURABLE.search(sentence) or identifiers(sentence)):
        return "decision", True
    if _DATA.search(sentence):
        return "data_model", False
    if (_FACT.search(sentence) and identifiers(sentence)) or _NAMED.search(sentence):
        return "interface", False
    return None


def _is_long_enough(sentence: str) -> bool:
    return count_words(sentence) >= 3 or bool(setting_of(sentence).claims)


def _is_about_it(sentence: str) -> bool:
    """Tell whether a rule is about something at hand: "don't touch that file"."""
    return bool(
        re.search(
            rf"(?i)^(?:do not|don't|don’t|never|always)\s+\w+\s+{_POINTED}|把?这(?:个|里|段|行)|那(?:个|里|段)",
            sentence,
        )
    )


def _is_complaint(sentence: str) -> bool:
    """Tell whether a sentence in the form of a rule only reports what fails: "we use numpy and it fails to import"."""
    return bool(_COMPLAINT.search(sentence)) and not re.search(
        rf"(?i)^(?:always|never|do not|don't|don’t|{_VERBS})\b|,\s*(?:so|not|never)\b|\b(?:must|never|always)\b|必须|不要|一律|统一|禁止|不得|别",
        sentence,
    )


def _is_one_thing(sentence: str) -> bool:
    """Tell whether a wish is about one thing at hand, that only those who look at it know: "the button should be blue"."""
    return bool(re.match(r"(?i)the\b.*\bshould\b", sentence)) and not identifiers(sentence)


def _states_setting(sentence: str) -> bool:
    """Tell whether an instruction fills a known slot: "use tabs", "at most five retries", 缩进用空格."""
    setting = setting_of(sentence)
    if not any(claim.is_exclusive and claim.slot and not claim.slot.startswith("number") for claim in setting.claims):
        return False
    if re.match(rf"(?i)(?:{_VERBS}|at most|at least|no more than|max|maximum|set)\b", sentence):
        return not re.match(rf"(?i)\w+\s+{_POINTED}", sentence)
    return bool(
        re.search(
            r"(?i)\b(?:at most|at least|no more than|stops? at|is limited to|maximum|limit (?:is|of))\b|用|改为|改成|换成|最多|至少|不超过",
            sentence,
        )
    )


def reason_of(sentence: str) -> tuple[str, str]:
    """Return a sentence without its reason, and the reason."""
    first = _REASON_FIRST.match(sentence)
    if first:
        return first[2] or first[4], (first[1] or first[3]).rstrip(".。")
    found = _REASON.search(sentence)
    if found is None or found.start() < 6:
        return sentence, ""
    return sentence[: found.start()].rstrip(" ,;，；"), (found[1] or found[2]).rstrip(".。 ")
