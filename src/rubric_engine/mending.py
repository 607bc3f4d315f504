"""What a diagnostic says in Chinese, and how to mend it, in English and Chinese, by its code.

`errors.CODES` and `claims.CLAIMS` have the sentences in English. A test holds the tables to
the codes: a new code needs its entry here.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from rubric_engine.claims import CLAIMS
from rubric_engine.errors import CODES

__all__ = ["LANGUAGES", "TEXTS", "Texts", "expected_in", "fact_in", "mend_of", "sentence_of"]

#: The languages that diagnostics are told in.
LANGUAGES = ("en", "zh")


class Texts(NamedTuple):
    """The texts of a code beside its sentence in English."""

    #: The sentence that says what is the matter, in Chinese.
    zh: str
    #: How to mend it, one sentence in English and in Chinese.
    mend: str
    mend_zh: str


def sentence_of(code: str, language: str = "en") -> str:
    """Return the sentence that says what a code means."""
    if language == "zh":
        return TEXTS[code].zh
    return CODES[code] if code in CODES else CLAIMS[code]


def mend_of(code: str, language: str = "en") -> str:
    """Return the sentence that says how to mend what a code names."""
    texts = TEXTS[code]
    return texts.mend_zh if language == "zh" else texts.mend


def expected_in(expected: str, language: str = "en") -> str:
    """Return what was expected in a language; as it stands where no translation is known.

    >>> expected_in("one of deduct, award", "zh")
    '以下之一：deduct, award'
    """
    if language != "zh":
        return expected
    if expected in _EXPECTED_ZH:
        return _EXPECTED_ZH[expected]
    for pattern, template in _templates():
        match = pattern.fullmatch(expected)
        if match is not None:
            return template.format(*(expected_in(each, language) for each in match.groups()))
    return expected


def fact_in(name: str, language: str = "en") -> str:
    """Return the name or the word of a fact of a claim in a language."""
    return _FACTS_ZH.get(name, name) if language == "zh" else name


@cache
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the texts with `{}` as patterns, those first that say the most themselves."""
    found = [(each, zh) for each, zh in _EXPECTED_ZH.items() if "{}" in each]
    found.sort(key=lambda pair: -len(pair[0]))
    return tuple(
        (re.compile("(.*)".join(map(re.escape, each.split("{}"))), re.DOTALL), zh)
        for each, zh in found
    )


TEXTS: dict[str, Texts] = {
    # files
    "not-utf8": Texts(
        "文件不是 UTF-8 文本",
        "Save the file as UTF-8: an editor's “Save as”, or `iconv -f GB18030 -t UTF-8`.",
        "将文件另存为 UTF-8 编码：用编辑器的“另存为”，或 `iconv -f GB18030 -t UTF-8`。",
    ),
    "too-large": Texts(
        "超过允许的大小",
        "Split it, or leave out what no rule needs.",
        "请拆分，或删去规则用不到的内容。",
    ),
    "too-deep": Texts(
        "嵌套层次超过允许的深度",
        "Nest less deeply: put the inner nodes one level up.",
        "请减少嵌套：把内层节点提高一级。",
    ),
    "not-yaml": Texts(
        "不能按 YAML 或 JSON 读取",
        "Look at the line and the one above it: a bracket, quote or colon is lost, the indentation"
        " is uneven, or a text with `: ` or ` #` in it needs quotes.",
        "请看本行和上一行：缺括号、引号或冒号，缩进不齐，或含有 `: `、` #` 的文字未加引号。",
    ),
    "empty": Texts(
        "这里没有内容",
        "Write what is expected here, or take the key away.",
        "请填写应有的内容，或删去这个键。",
    ),
    "several-documents": Texts(
        "文件里有不止一个文档",
        "Put each document into a file of its own, and take the line `---` away.",
        "每个文档单独成一个文件，并删去 `---` 行。",
    ),
    "anchor": Texts(
        "不允许使用锚点、别名和合并键",
        "Write the value out; nodes that are alike can share a kind: `kinds` and `like`.",
        "请把内容直接写出；相同的节点可用 `kinds` 和 `like` 共用。",
    ),
    "tag": Texts(
        "不允许使用标签",
        "Take the tag away: every value is read by the place where it stands.",
        "请删去标签：每个值按其所在位置识别类型。",
    ),
    "duplicate-key": Texts(
        "这个键出现了两次",
        "Keep one of the two, or give the other its own name.",
        "请保留其中一个，或给另一个改名。",
    ),
    "not-a-mapping": Texts(
        "这里应是键和值的映射",
        "Write keys with their values, as `{key: value}` or one to a line as `key: value`.",
        "请写成键和值，如 `{键: 值}`，或每行一个 `键: 值`。",
    ),
    "unsupported-format": Texts(
        "不认识这个文件格式版本",
        "Write `format: 1`, or use a newer version of the library.",
        "请写 `format: 1`，或升级本程序库。",
    ),
    # the shape of a rubric
    "unknown-key": Texts(
        "这里没有这个键",
        "Correct the spelling, or move the key to where it belongs; the keys known here are listed.",
        "请改正拼写，或把它移到应在的位置；此处可用的键已列出。",
    ),
    "missing-key": Texts(
        "缺少必需的键",
        "Add the key that is expected.",
        "请补上所缺的键。",
    ),
    "wrong-type": Texts(
        "类型不对",
        "Write a value of the type that is expected.",
        "请写成所要求类型的值。",
    ),
    "bad-number": Texts(
        "这不是精确的数",
        "Write a number as `2`, `0.5` or `1/3`, without signs such as `%` or `e`.",
        "请写成 `2`、`0.5` 或 `1/3` 这样的数，不带 `%`、`e` 等符号。",
    ),
    "out-of-range": Texts(
        "这个值超出范围",
        "Choose a value within the range that is expected.",
        "请在要求的范围内取值。",
    ),
    "bad-id": Texts(
        "不能用作标识",
        "Use letters of any script, digits and `_`, not beginning with a digit; what the scheme"
        " calls it goes into `code` or `title`.",
        "标识只用文字、数字和 `_`，不以数字开头；方案中的编号写在 `code` 或 `title` 里。",
    ),
    "unknown-type": Texts(
        "没有这种证据类型",
        "Use one of the types that are listed: `flag` for yes or no, `count` for how many,"
        " `choice` for one of several.",
        "请用所列类型之一：是与否用 `flag`，数量用 `count`，多选一用 `choice`。",
    ),
    "unknown-verb": Texts(
        "规则中没有认识的动词",
        "Begin the rule with one of the verbs that are listed, as `{deduct: 1, when: late}`.",
        "请以所列动词之一写规则，如 `{deduct: 1, when: late}`。",
    ),
    "full-width": Texts(
        "此处应用半角符号，却用了全角符号",
        "Type the sign again in its plain form: `,` `:` `(` `)`.",
        "请改用半角符号：`,` `:` `(` `)`。",
    ),
    "comma-lost": Texts(
        "类型与标题之间似乎缺一个逗号",
        "Put a comma between the two: `[count, title]`.",
        "请在两者之间加半角逗号：`[count, 标题]`。",
    ),
    "conflicting-keys": Texts(
        "这些键不能同时使用",
        "Keep what is meant, and take the other away, or add what must stand beside it.",
        "请保留本意所需的键，删去另一个，或补上须并列的键。",
    ),
    # the sense of a rubric
    "duplicate-id": Texts(
        "这个标识用了两次",
        "Give one of the two another id.",
        "请给其中一个另取标识。",
    ),
    "no-children": Texts(
        "指标下面没有内容",
        "Put an item under `items`, or make the indicator itself an item.",
        "请在 `items` 下写测评要素，或把该指标改为要素。",
    ),
    "points-do-not-add-up": Texts(
        "下级分值之和不等于上级分值",
        "Correct a child's `points` or those of the parent, or say `points: none` of what is"
        " added without points of its own.",
        "请改正下级或上级的 `points`；不占分值而直接计入的写 `points: none`。",
    ),
    "scale-missing": Texts(
        "这个节点需要自己的满分",
        "Write `points` where the parent is a sum, else `out_of`; at the root, `total`.",
        "上级求和时写 `points`，否则写 `out_of`；根节点写 `total`。",
    ),
    "start-unclear": Texts(
        "须说明这个要素从多少分起算",
        "Write `start: full` where rules take points off, `start: zero` where they are earned.",
        "从满分扣起写 `start: full`，从零分加起写 `start: zero`。",
    ),
    "all-needs-scale": Texts(
        "`all` 需要满分，且不能用作加分",
        "Write the number of points, or give the node `points` or `out_of`.",
        "请写明分数，或给节点写上 `points` 或 `out_of`。",
    ),
    "by-and-amount": Texts(
        "分数的写法与 `by` 不相配",
        "Let `by` name what the map, bands or range go by: a choice for values, a number for"
        " `from` and `at`, an `amount` field for a range.",
        "`by` 须与写法相配：按值的映射配单选，`from`、`at` 配数，范围配 `amount` 字段。",
    ),
    "unknown-name": Texts(
        "此处没有这个名称",
        "Correct the spelling, or declare it: a field under `evidence`, a node by its `id`, a"
        " given number under `given`.",
        "请改正拼写，或先声明：字段写在 `evidence`，节点用其 `id`，已知数写在 `given`。",
    ),
    "unknown-function": Texts(
        "没有这个函数",
        "Use one of the functions that are listed.",
        "请用所列函数之一。",
    ),
    "unknown-value": Texts(
        "这不是允许的取值",
        "Use one of the values that are listed, or add this one to them.",
        "请用所列取值之一，或把它加入取值。",
    ),
    "value-not-covered": Texts(
        "映射没有覆盖字段的全部取值",
        "Name every value with its amount, or add `else:` for the rest.",
        "请为每个取值写明分数，或用 `else:` 概括其余。",
    ),
    "duplicate-edge": Texts(
        "这个界限出现了两次",
        "Keep one of the two, or correct its number.",
        "请保留其中一个，或改正数值。",
    ),
    "can-be-negative": Texts(
        "这个数可能为负",
        "Hold it at 0 with `max(0, …)`, or narrow the range of the field.",
        "请用 `max(0, …)` 使其不小于 0，或缩小字段的范围。",
    ),
    "cycle": Texts(
        "这些得分互相依赖",
        "Break the circle: let one of them rest on findings instead of scores.",
        "请断开循环：让其中一处依据证据而非得分。",
    ),
    "grades-order": Texts(
        "等级的次序不对",
        "List the grades from the best down, each cut and its stars below those above it.",
        "等级从高到低排列，界限和星数逐级降低。",
    ),
    "grades-open": Texts(
        "有的得分没有对应等级",
        "Let the last grade have no condition, or write `otherwise: unrated`.",
        "最后一个等级不设条件，或写 `otherwise: unrated`。",
    ),
    "unknown-grade": Texts(
        "没有这个等级",
        "Use the name or the stars of one of the grades.",
        "请用已有等级的名称或星数。",
    ),
    "too-fine": Texts(
        "此处的精确整数超出 62 位",
        "Round where it is said, use fewer decimals, or give the fields smaller ranges.",
        "请在所指处取整，减少小数位，或缩小字段范围。",
    ),
    # expressions
    "bad-expression": Texts(
        "不能按表达式读取",
        "Write it with names, numbers, comparisons and `and`, `or`, `not`; look for a lost"
        " bracket, and for `=` where `==` is meant.",
        "请用名称、数、比较及 `and`、`or`、`not` 书写；检查括号，并把 `=` 写成 `==`。",
    ),
    "expression-too-large": Texts(
        "表达式超过允许的大小",
        "Name a part of it under `values`, and use that name here.",
        "请把一部分写在 `values` 里命名，在此处引用。",
    ),
    "wrong-operand": Texts(
        "这个运算不能用于这些对象",
        "Compare like with like: numbers with numbers, a choice with its values, truths with"
        " `and`, `or`, `not`.",
        "同类相比：数与数，单选与其取值，真假用 `and`、`or`、`not`。",
    ),
    "unprotected-division": Texts(
        "不能保证除数使商保持精确",
        "Divide by what is never 0 or less, as `max(x, 1)`, or put the quotient into `ratio` with"
        " `empty`.",
        "除数须恒大于 0，如 `max(x, 1)`；或把商写入带 `empty` 的 `ratio`。",
    ),
    "unprotected-optional": Texts(
        "在不得缺失之处用了可选的证据",
        "Say what holds where it is missing: `default(x, 0)`, or ask `known(x)` first.",
        "请说明缺失时如何：`default(x, 0)`，或先用 `known(x)` 判断。",
    ),
    # sheets
    "unknown-item": Texts(
        "评分标准中没有这个要素",
        "Correct the spelling, or take the entry out of the sheet.",
        "请改正拼写，或从记录中删去。",
    ),
    "unknown-field": Texts(
        "这个要素没有这个字段",
        "Correct the spelling, or take the finding out of the sheet.",
        "请改正拼写，或从记录中删去这项证据。",
    ),
    "missing-finding": Texts(
        "缺一项证据",
        "Record the finding; `provisional` tells what is still possible without it.",
        "请补录这项证据；`provisional` 可给出缺项时仍可能的得分。",
    ),
    "given-twice": Texts(
        "这项证据给了两次",
        "Keep one of the two: under its item, or flat as `item.field`.",
        "请保留一处：写在要素之下，或平写为 `要素.字段`。",
    ),
    "not-finite": Texts(
        "这不是有限的数",
        "Record a number, or leave the finding out where it is not known.",
        "请录入确定的数；未知则留空。",
    ),
    "not-exact": Texts(
        "小数位数多于字段所定",
        "Round the number to the places of the field, or give the field more `places`.",
        "请按字段的小数位取整，或增大字段的 `places`。",
    ),
    "duplicate-value": Texts(
        "这个值列了两次",
        "List each value once.",
        "每个值只列一次。",
    ),
    "not-applicable": Texts(
        "节点不适用时不应有此内容",
        "Leave the findings of this node out, or correct what says that it is not applicable.",
        "请删去该节点的证据，或改正使其不适用的那一项。",
    ),
    "too-few": Texts(
        "数量不足",
        "Add what is lacking: readings, rows or parts that count.",
        "请补足所缺的读数、行或计入项。",
    ),
    "missing-method": Texts(
        "要素规定的测评方法未记录为已使用",
        "Record the method under `methods`, or beside the finding as `method`.",
        "请在 `methods` 下记录该方法，或在证据旁写 `method`。",
    ),
    # frames
    "missing-column": Texts(
        "缺一列",
        "Add the column, named as `item.field`.",
        "请补上名为 `要素.字段` 的列。",
    ),
    "unknown-column": Texts(
        "列名像证据，却不是",
        "Correct the name, or call the column something without a dot.",
        "请改正列名，或改用不含点号的名称。",
    ),
    "wrong-dtype": Texts(
        "此类型的列不能存放这些证据",
        "Cast the column to a type that is expected.",
        "请把列转换为所要求的类型。",
    ),
    "column-taken": Texts(
        "表中已有同名的列",
        "Pass `prefix`, or rename the column of the frame.",
        "请传入 `prefix`，或给原列改名。",
    ),
    "repeated-key": Texts(
        "键重复，或有行缺少键",
        "Give every row a key of its own.",
        "请使每行有各自的键。",
    ),
    "missing-table": Texts(
        "缺少明细表的数据",
        "Pass the frame of its rows under `rows`.",
        "请在 `rows` 中传入该表的明细数据。",
    ),
    "unknown-table": Texts(
        "评分标准中没有这个明细表",
        "Name the table as `node.field`, or leave its frame out.",
        "请按 `节点.字段` 命名，或不传该数据。",
    ),
    "unknown-assessee": Texts(
        "这些行不属于表中任何被评对象",
        "Correct their keys, or add the assessee to the frame.",
        "请改正键值，或在主表中补上被评对象。",
    ),
    "mixed-frames": Texts(
        "这些数据表种类不同",
        "Pass frames of one library only.",
        "请只传同一种库的数据表。",
    ),
    "lazy-frame": Texts(
        "惰性数据表不能这样用",
        "Collect the frame first.",
        "请先把数据表取为实际数据。",
    ),
    "too-wide": Texts(
        "数据表的列放不下这样大的精确数",
        "Use fewer decimals, smaller ranges, or a rounding in the rubric.",
        "请在评分标准中减少小数位、缩小范围或取整。",
    ),
    # what is installed
    "unknown-rubric": Texts(
        "没有安装此名的评分标准，也没有这个文件",
        "Correct the name or the path; `rubric list` shows what is installed.",
        "请改正名称或路径；`rubric list` 列出已安装的评分标准。",
    ),
    "unknown-node": Texts(
        "评分标准中没有这个节点",
        "Use the id of a node of the rubric.",
        "请用评分标准中节点的标识。",
    ),
    "broken-plugin": Texts(
        "这个插件不能使用",
        "Mend or uninstall the distribution that is named.",
        "请修复或卸载所指的软件包。",
    ),
    "missing-library": Texts(
        "需要的程序库未安装",
        "Install it with the command that is given.",
        "请按所给命令安装。",
    ),
    # cycles
    "unknown-unit": Texts(
        "本周期没有这个单位",
        "Correct the spelling, or add the unit where the cycle begins.",
        "请改正拼写，或在周期开始时列入该单位。",
    ),
    "unknown-step": Texts(
        "周期没有这个步骤",
        "Use one of the steps that are listed.",
        "请用所列步骤之一。",
    ),
    "step-not-allowed": Texts(
        "当前状态不允许这一步骤",
        "Record first the step that is due; what the state allows is listed.",
        "请先记录应做的步骤；当前状态允许的步骤已列出。",
    ),
    "role-not-allowed": Texts(
        "此角色不能记录这一步骤",
        "Let one whose task it is record it, or name other roles under `roles` of the cycle.",
        "请由有权者记录，或在周期的 `roles` 中另定角色。",
    ),
    "reason-missing": Texts(
        "必须说明理由",
        "Say why, in a sentence or by the report where it stands.",
        "请写明理由，或写明载有理由的报告。",
    ),
    "review-missing": Texts(
        "缺少应做的复核",
        "Record the review first, or the step of the review that is expected.",
        "请先记录复核，或所要求的复核步骤。",
    ),
    "answer-missing": Texts(
        "应征求意见的部门尚未答复",
        "Record the answer of the department that is named, an objection or none.",
        "请记录所指部门的答复，有无异议均须记录。",
    ),
    "decision-missing": Texts(
        "异议尚未裁定",
        "Record what is decided on the objection, with the reason; `none` is a decision too.",
        "请记录对该异议的裁定及理由；裁定“不影响结果”用 `none`。",
    ),
    "window-open": Texts(
        "结果仍在可提异议的期限内",
        "Publish the results if they are not, and wait until the last day for objections is over.",
        "尚未公示的请先公示，并等异议期满后再记录。",
    ),
    "plan-missing": Texts(
        "缺少整改计划，或计划不完整",
        "Record a plan with its causes, and for every measure a deadline and who is responsible.",
        "请记录整改计划，列明原因，每项措施写明期限和责任人。",
    ),
    "award-outdated": Texts(
        "评定此奖励之后结果有变",
        "Record the step `award` again: the last list counts.",
        "请重新记录步骤 `award`：以最后的名单为准。",
    ),
    # archives
    "record-changed": Texts(
        "这条记录与写入时不同",
        "Take the archive from a copy that verifies; a result is corrected by a new record only.",
        "请改用能通过核验的副本；更正结果只能新增记录。",
    ),
    "record-missing": Texts(
        "此处缺少记录",
        "Take the archive from a copy that has the records.",
        "请改用含有这些记录的副本。",
    ),
    "record-added": Texts(
        "这条记录是后加的",
        "Take the archive from a copy without it; more is recorded by a step, not by hand.",
        "请改用没有这条记录的副本；新增记录须经步骤，不可手工添加。",
    ),
    "record-moved": Texts(
        "这条记录不在写入时的位置",
        "Take the archive from a copy that is in its order; lines must not be sorted.",
        "请改用保持原有次序的副本；各行不可重新排序。",
    ),
    "seal-broken": Texts(
        "档案与封存时不同",
        "Take the whole file from where it was sealed, and the seal from where it is kept.",
        "请取封存时的完整文件，并用另处保存的封印核对。",
    ),
    "foreign-rubric": Texts(
        "这不是档案所用的评分标准",
        "Verify with the version of the rubric that the archive names.",
        "请用档案所载版本的评分标准核验。",
    ),
    "not-recomputed": Texts(
        "与重新计算的结果不符",
        "Look at what was handed in with the record: what was found follows from it alone.",
        "请核对该记录提交的内容：所载结果只能由此得出。",
    ),
    # claims: what the rubric is
    "score-range": Texts(
        "此节点的得分在此区间内",
        "Nothing needs mending; if the range is wider or narrower than meant, look at `limit`.",
        "无须修改；若区间与本意不符，请检查 `limit`。",
    ),
    "grade-reached": Texts(
        "此等级可以达到",
        "Nothing needs mending: the sheet shows how the grade is reached.",
        "无须修改：所附记录即达到该等级之例。",
    ),
    "grades-in-order": Texts(
        "各等级不重不漏，次序正确",
        "Nothing needs mending.",
        "无须修改。",
    ),
    "points-add-up": Texts(
        "下级分值之和等于上级分值",
        "Nothing needs mending.",
        "无须修改。",
    ),
    "exact-integers": Texts(
        "所有数都不超出 62 位",
        "Nothing needs mending.",
        "无须修改。",
    ),
    "direction": Texts(
        "这项证据只会这样影响得分",
        "Nothing needs mending if that is how it is meant.",
        "若合本意，则无须修改。",
    ),
    # claims: what is seldom meant
    "total-out-of-range": Texts(
        "总分可能超出所定范围",
        "Hold it with `{limit: 0..100}` as the last rule of the root, or correct `total` or `clip`.",
        "请以 `{limit: 0..100}` 作根节点的最后一条规则，或改正 `total`、`clip`。",
    ),
    "repair-hurts": Texts(
        "证据改善反而可能使得分降低",
        "Compare the two sheets that are shown, and let the condition hold from there on: `>=`"
        " instead of `==`, or tiers without a step back.",
        "请比较所附两份记录，使条件自此一直成立：用 `>=` 代替 `==`，或使各档不倒退。",
    ),
    "unreachable-grade": Texts(
        "没有任何记录能达到此等级",
        "Lower its cut to a score that can be reached, loosen its conditions, or take it away.",
        "请把界限降到可达到的得分，放宽条件，或删去该等级。",
    ),
    "impossible-condition": Texts(
        "没有任何记录能同时满足条件与界限",
        "Loosen the condition or the cut: together they leave no sheet.",
        "请放宽条件或界限：两者合用时没有记录符合。",
    ),
    "dead-rule": Texts(
        "这条规则从不改变得分",
        "Correct its condition or amount, or take the rule away.",
        "请改正其条件或分数，或删去该规则。",
    ),
    "masked-rule": Texts(
        "这条规则要求计分，但总被其他规则抵消",
        "Put it before the rules that mask it, or take it away.",
        "请把它移到遮盖它的规则之前，或删去。",
    ),
    "always-applies": Texts(
        "这个条件恒成立",
        "Correct the condition, or leave it out if the rule is meant to apply always.",
        "请改正条件；若本意总是适用，则删去条件。",
    ),
    "never-lost": Texts(
        "这个要素不会失分",
        "Add the rule that takes points off, or correct the one that never does.",
        "请补上扣分规则，或改正从不起作用的规则。",
    ),
    "never-earned": Texts(
        "这个要素得不到分",
        "Add the rule that gives points, or correct the one that always takes them.",
        "请补上得分规则，或改正总是扣光的规则。",
    ),
    "full-marks-out-of-reach": Texts(
        "这个节点达不到满分",
        "Let the amounts reach the points, or lower the points to what can be reached.",
        "请使各项分数可达满分，或把分值降到可达到的数。",
    ),
    "larger-than-item": Texts(
        "一次所扣超过要素的分值",
        "Lower the amount to the points of the item, or write `all` if all is meant to be lost.",
        "请把分数降到要素分值以内；若本意扣完，请写 `all`。",
    ),
    "bonus-without-cap": Texts(
        "这项加分没有封顶",
        "Add `up_to` to the rule, or `bonus_up_to` to the node.",
        "请在规则上加 `up_to`，或在节点上加 `bonus_up_to`。",
    ),
    "loose-cap": Texts(
        "这个封顶从不起作用",
        "Lower the cap below what can be asked, or take it away.",
        "请把封顶降到可能数值以下，或删去。",
    ),
    "tiers-overlap": Texts(
        "各档有重叠",
        "Let each tier end before the next one begins: `1 <= x < 4`, then `x >= 4`.",
        "请使每档止于下一档之前：先 `1 <= x < 4`，再 `x >= 4`。",
    ),
    "tiers-gap": Texts(
        "各档之间有空缺",
        "Let the next tier begin where the last one ends, or say that nothing is taken between.",
        "请使下一档接上前一档；若空缺为本意，请注明。",
    ),
    "unreachable-tier": Texts(
        "这一档从不会用到",
        "Correct its edge, or the range of the field, or take the tier away.",
        "请改正界限或字段范围，或删去该档。",
    ),
    "single-member": Texts(
        "互斥组里只有一条规则",
        "Add the other members, or write the rule without a group.",
        "请补上其他成员，或不用组而直接写规则。",
    ),
    "idle-gate": Texts(
        "这条门槛从不改变等级",
        "Correct its condition or its grade, or take the gate away.",
        "请改正其条件或等级，或删去该门槛。",
    ),
    "unused-field": Texts(
        "没有规则用到这个字段",
        "Write the rule that uses it, mark it `optional`, make it a `text`, or take it away.",
        "请写出用它的规则，或标为 `optional`、改为 `text`，或删去。",
    ),
    "unused-methods": Texts(
        "规定了测评方法，却没有可据以测评的字段",
        "Add the field that is assessed by them, or take the methods away.",
        "请补上据此测评的字段，或删去测评方法。",
    ),
    "same-title": Texts(
        "两个节点标题相同",
        "Tell the two apart by their titles.",
        "请用标题区分两者。",
    ),
    "same-rule": Texts(
        "同一条规则出现了两次",
        "Take one of the two away, or correct the field that it names.",
        "请删去其一，或改正其所指字段。",
    ),
    "idle-points": Texts(
        "这些分值不影响总分和等级",
        "Let a rule or a grade use the score, or say `points: beside` if it is only to be shown.",
        "请让规则或等级用到该得分；若只作展示，请写 `points: beside`。",
    ),
    "order-matters": Texts(
        "这两条规则对调后得分不同",
        "Look whether the order is the one that the scheme means; the sheet shows the difference.",
        "请核对次序是否合方案本意；所附记录显示差别。",
    ),
}


#: What is expected, in Chinese; `{}` stands for what varies.
_EXPECTED_ZH: dict[str, str] = {
    "UTF-8 text": "UTF-8 文本",
    "YAML or JSON": "YAML 或 JSON",
    "CSV": "CSV",
    "[type, title]": "[类型, 标题]",
    "a document": "一个文档",
    "one document": "一个文档",
    "no %TAG directives": "不用 %TAG 指令",
    "no anchor": "不用锚点",
    "no tag": "不用标签",
    "the value itself": "值本身",
    "the keys themselves": "键本身",
    "each key once": "每个键只出现一次",
    "a key that is plain text": "纯文本的键",
    "at most {} bytes": "至多 {} 字节",
    "at most {} levels": "至多 {} 层",
    "at most {} nodes": "至多 {} 个节点",
    "at most {} steps": "至多 {} 步",
    "at most {} digits": "至多 {} 位数字",
    "at most {} characters": "至多 {} 个字符",
    "at most {} levels and {} parts": "至多 {} 层、{} 个成分",
    "at most {} parts and {} levels": "至多 {} 个成分、{} 层",
    "the keys of a rubric": "评分标准的各键",
    "keys and values": "键和值",
    "one of {}": "以下之一：{}",
    "one of {}, or points": "以下之一，或分数：{}",
    "one of {}, or the path of a file": "以下之一，或文件路径：{}",
    "quotes around an expression with a comma; {}": "含逗号的表达式须加引号；{}",
    "plain signs `,` and `:`": "半角符号 `,` 和 `:`",
    "a comma after the type": "类型之后的逗号",
    "`type`": "`type`",
    "a type of evidence": "证据类型",
    "fields by name": "按名称列出的字段",
    "fields by their sources": "按来源列出的字段",
    "a rule: a verb and its keys": "规则：一个动词及其各键",
    "one verb to a rule": "每条规则一个动词",
    "one rule at least": "至少一条规则",
    "a text": "文字",
    "a text in one language at least": "至少一种语言的文字",
    "a list": "列表",
    "a list of values": "取值的列表",
    "a list of methods": "方法的列表",
    "a name or a list of names": "名称或名称的列表",
    "a name or a path": "名称或路径",
    "one value": "单个值",
    "true or false": "true 或 false",
    "a whole number": "整数",
    "an amount": "分数",
    "an exact number": "精确的数",
    "{} or {}": "{}或{}",
    "an expression": "表达式",
    "a number or an expression": "数或表达式",
    "a number, `all`, a map, a range a..b, or a formula": "数、`all`、映射、范围 a..b 或公式",
    "a map that names one amount at least": "至少写明一个分数的映射",
    "either {} or values": "只用 {} 或只用取值",
    "level or extend": "level 或 extend",
    "no `beyond` beside edges": "有界限时不写 `beyond`",
    "a range, written a..b": "写作 a..b 的范围",
    "the lower end first, one end at least": "小端在前，至少写一端",
    "a range with two ends": "两端都写明的范围",
    "a range with two ends of 0 or more": "两端都不小于 0 的范围",
    "a range from 0 or above": "从 0 或以上开始的范围",
    "numbers of at most {} decimals": "至多 {} 位小数的数",
    "0 to {} decimals": "0 至 {} 位小数",
    "0 to {} places": "0 至 {} 位",
    "0 to {}": "0 至 {}",
    "1 to {}": "1 至 {}",
    "1 to {} values": "1 至 {} 个取值",
    "2 to {} readings": "2 至 {} 个读数",
    "0 or more": "不小于 0",
    "1 or more": "不小于 1",
    "above 0": "大于 0",
    "a number": "数",
    "a number above 0": "大于 0 的数",
    "a truth": "真假（条件）",
    "a date": "日期",
    'a date, as "2026-11-24"': '日期，如 "2026-11-24"',
    "a choice, a checklist or a number": "单选、清单或数",
    "a choice, a flag or a number": "单选、是否或数",
    "a number, `full`, `skip`, `missing` or `unrated`": "数、`full`、`skip`、`missing` 或 `unrated`",
    "numbers or expressions by their names": "按名称列出的数或表达式",
    "meanings by the names of values": "按取值列出的含义",
    "multipliers by their conditions": "按条件列出的倍数",
    "a condition with its multiplier": "条件及其倍数",
    "a figure and its options": "一个指标数及其选项",
    "one figure": "一个指标数",
    "a period, as `6 months`": "期间，如 `6 months`",
    'a version as text, such as "1"': '文本形式的版本，如 "1"',
    "letters, digits, `_`, `-` and `.`": "文字、数字、`_`、`-` 和 `.`",
    "letters, digits and `_`, and no keyword of expressions": "文字、数字和 `_`，且不是表达式的关键字",
    "letters, digits and `_`, not beginning with a digit, and no keyword": "文字、数字和 `_`，不以数字开头，且不是关键字",
    "an id that means nothing else": "没有其他含义的标识",
    "an id used once": "只用一次的标识",
    "a name used once": "只用一次的名称",
    "a name that no node has as its id": "未被节点用作标识的名称",
    "a name that no node, field or column has": "未被节点、字段或列使用的名称",
    "a name that no field here has": "此处字段未使用的名称",
    "a name that no column has": "未被列使用的名称",
    "a grade of its own name": "名称不同于其他等级",
    "one number, choice, date or flag": "单个数、单选、日期或是否",
    "one number, choice, checklist, date, flag or text": "单个数、单选、清单、日期、是否或文字",
    "neither `means` nor `none_means`": "不写 `means` 和 `none_means`",
    "neither `skip` nor `unrated` nor `none_means` in a column": "列中不用 `skip`、`unrated` 和 `none_means`",
    "one column at least": "至少一列",
    "whole numbers of rows within 0..{}, at least 1 at most": "行数为 0..{} 内的整数，上限至少 1",
    "a list, empty where there are no rows": "列表；没有行时为空列表",
    "no such key beside `panel`": "有 `panel` 时没有这个键",
    "`panel` beside it": "须同时写 `panel`",
    "a field that is required": "必填的字段",
    "each value once": "每个值只列一次",
    "each edge once": "每个界限只写一次",
    "each point once": "每个点只写一次",
    "one indicator or item at least": "至少一个指标或要素",
    "{} in all": "合计 {}",
    "{} in all for {}": "对 {} 合计 {}",
    "`{}`": "`{}`",
    "`{}`, for `combine: {}`": "`{}`，用于 `combine: {}`",
    "`{}`: the sums differ": "`{}`：各合计不同",
    "`{}`: the children's scales differ": "`{}`：下级满分不同",
    "`combine: {}` beside it": "须同时写 `combine: {}`",
    "`combine: mean` beside it": "须同时写 `combine: mean`",
    "`combine`: how the rows become one score": "`combine`：各行如何合为一个得分",
    "no weight under `combine: {}`": "在 `combine: {}` 之下不写权重",
    "`points`; a weight is for children of a mean": "`points`；权重只用于求平均的下级",
    "`out_of`, the child's own scale": "`out_of`，即下级自己的满分",
    "`out_of` and `weight` under `combine: {}`": "在 `combine: {}` 之下写 `out_of` 和 `weight`",
    "no scale for an open account": "开放账户没有满分",
    "no `missing` beside `each`": "有 `each` 时不写 `missing`",
    "sum, mean, median, trimmed, lowest or highest": "sum、mean、median、trimmed、lowest 或 highest",
    "a type that the node above is for too": "上级节点也适用的类型",
    "`given: {assessee: {type: {type: choice, …}}}` for `for`": "使用 `for` 须有 `given: {assessee: {type: {type: choice, …}}}`",
    "at least {} that count": "至少 {} 个计入",
    "{} children at least that can count": "至少 {} 个可计入的下级",
    "{} by type": "各类型分别 {}",
    "`start: full`, `start: zero` or a number": "`start: full`、`start: zero` 或一个数",
    "zero or a number": "zero 或一个数",
    "0, or points in {} for {}": "0，或按 {} 在 {} 内的分数",
    "`by`, which chooses from the map or range": "`by`，据以从映射或范围中取分",
    "a choice for a map that has ranges": "含范围的映射须配单选",
    "a choice or a checklist for a map of values": "按取值的映射须配单选或清单",
    "a number for bands, lines and curves": "分档、折线和曲线须配数",
    "a map, bands, lines, a curve or a range as the amount": "分数须为映射、分档、折线、曲线或范围",
    "a field of type `amount`": "`amount` 类型的字段",
    "a field of type `amount` for a judged range": "评定范围须配 `amount` 类型的字段",
    "a field whose range lies within {}": "范围在 {} 之内的字段",
    "`judged` with a map that has ranges, and only there": "`judged` 只与含范围的映射同用",
    "numbers only, for the values of a checklist": "清单的取值只能写数",
    "lines that are never below 0 where the number can be": "在该数可取的范围内不低于 0 的折线",
    "two points at least, as {at 60: 0, at 100: 10}": "至少两个点，如 {at 60: 0, at 100: 10}",
    "the keys of a curve": "曲线的各键",
    "no `{}` for a {} curve": "{1} 曲线没有 `{0}`",
    "two different ends above 0": "两个不同且大于 0 的端点",
    "two different ends and an exponent above 0": "两个不同的端点和大于 0 的指数",
    "`p10` above 0 and below `median`": "`p10` 大于 0 且小于 `median`",
    "a multiple of the step": "步长的倍数",
    "every value, or `else`": "全部取值，或 `else`",
    "one of `below` and `above`": "`below` 和 `above` 之一",
    "`below` or `above`, together with `of`": "`below` 或 `above`，并与 `of` 同用",
    "`below` or `above` beside it": "须同时写 `below` 或 `above`",
    "no `{}` beside `{}`": "有 `{1}` 时不写 `{0}`",
    "a number where an amount is multiplied": "分数要相乘时须写数",
    "`ratio` beside it": "须同时写 `ratio`",
    "`each` beside it": "须同时写 `each`",
    "`within` beside it": "须同时写 `within`",
    "`step` beside it": "须同时写 `step`",
    "`round_to` beside it": "须同时写 `round_to`",
    "`extends` beside it": "须同时写 `extends`",
    "several `times` beside it": "须同时写多个 `times`",
    "no `keep: lowest` beside `once_per`": "有 `once_per` 时不用 `keep: lowest`",
    "`full`, `zero`, or a number within 0..1": "`full`、`zero` 或 0..1 内的数",
    "`to` on the whole group only": "`to` 只写在整个组上",
    "members that all deduct, all award, or all give a bonus": "成员须同为扣分、同为得分或同为加分",
    "no table inside the rows of another": "明细行内不再用别的明细表",
    "`dated`: the table's date that counts": "`dated`：以哪一日期为准",
    "`given: {cycle: {as_of: date}}`, the day from which it looks back": "`given: {cycle: {as_of: date}}`，即回溯的起算日",
    "a text that says which matter it is": "说明是哪件事的文字",
    "a column that is never missing": "不会缺失的列",
    "a column with one value for each row": "每行一个值的列",
    "no `each` below an `each`": "`each` 之下不再用 `each`",
    "a table": "明细表",
    "the name of a table": "明细表的名称",
    "the id of another node": "另一个节点的标识",
    "the id of a node": "节点的标识",
    "a node that is scored for the same rows": "按同样的行计分的节点",
    "scores that do not rest on this one": "不依赖此处得分的得分",
    "values that do not rest on themselves": "不依赖自身的值",
    "kinds that are not like themselves": "不与自身相同的 kinds",
    "rubrics that do not extend themselves, at most {} deep": "不扩展自身的评分标准，至多 {} 层",
    "amounts and scales with fewer decimals, smaller ranges, or a rounding: rounded(a / b, 4), `round_to`, or {round: 4} as the first rule": "减少分数和满分的小数位，缩小范围，或取整：rounded(a / b, 4)、`round_to`，或以 {round: 4} 为第一条规则",
    "rounded(…, 4) around the quotient, so that rows can be added up": "给商加 rounded(…, 4)，使各行可以相加",
    "rounded(…, 4) around a quotient that is folded": "给汇总的商加 rounded(…, 4)",
    "{round: 4} as the last rule of the rows, so that they can be combined": "以 {round: 4} 为各行的最后一条规则，使其可以合并",
    "a rounding of the quotient: rounded(a / b, 4)": "给商取整：rounded(a / b, 4)",
    "a number of at most {} decimals, as rounded(x, {}) is": "至多 {} 位小数的数，如 rounded(x, {})",
    "a number with fewer decimals or a smaller range, as rounded(x, 2) is": "小数位更少或范围更小的数，如 rounded(x, 2)",
    "a number without a varying divisor, as rounded(…, 4)": "除数不变的数，如 rounded(…, 4)",
    "a larger `step`, or scores rounded before: at most 10,000 steps": "更大的 `step`，或先取整：至多 10,000 步",
    "a number that is never below 0, as max(0, …) is": "不小于 0 的数，如 max(0, …)",
    "scores that are never below 0": "不小于 0 的得分",
    "a divisor that is never 0 or less, as max(x, 1) is, or a `ratio` with `empty`": "恒大于 0 的除数，如 max(x, 1)；或带 `empty` 的 `ratio`",
    "a divisor that can be 0": "可能为 0 的除数",
    "known(…) or default(…)": "known(…) 或 default(…)",
    "default(…)": "default(…)",
    "default(…) around it": "外面加 default(…)",
    "an expression as text, or an exact number": "文本形式的表达式，或精确的数",
    "the columns of one table, inside one fold": "同一明细表的列，写在一个汇总函数内",
    "a node with grades that have stars": "等级带星数的节点",
    "a whole exponent from 0 to {}, or a number to the power of a whole number from 0 to below {}; else a curve": "0 至 {} 的整数指数，或以小于 {} 的非负整数为指数的数；否则用曲线",
    "{} value(s)": "{} 个值",
    "{} or more values": "{} 个或更多的值",
    "`grades`": "`grades`",
    "`grades`: findings can leave the whole unrated": "`grades`：有证据可使整体不评级",
    "`stars`, `grade`, or both": "`stars`、`grade`，或两者",
    "fewer stars than above": "星数少于上一等级",
    "a condition: no grade after it can be reached": "条件：否则其后的等级都达不到",
    "a last grade without conditions, or `otherwise: unrated`": "最后一个等级不设条件，或写 `otherwise: unrated`",
    "`from` or `up_to`, not both": "`from` 或 `up_to`，不同时用",
    "`{}`, as above": "`{}`，与上一等级相同",
    "one of `at_most`, `grade`, `step`, `unrated`": "`at_most`、`grade`、`step`、`unrated` 之一",
    "grades with stars, for an expression": "用表达式时等级须有星数",
    "the id of a node with one score": "只有一个得分的节点的标识",
    "the ids of nodes, on a node without children": "没有下级的节点须写明节点标识",
    "`not_applicable`: what it counts where a choice says `skip`": "`not_applicable`：单选为 `skip` 时如何计分",
    "`rescale`: only sums can be rescaled in total": "`rescale`：只有求和才能按总分折算",
    "one of `rescale` and `rescale_total` under one parent": "同一上级之下只用 `rescale` 和 `rescale_total` 之一",
    "sums up to the root, for `rescale_total`": "用 `rescale_total` 时直到根节点都须求和",
    "a scale, so that a sum can be rescaled": "满分，以便按比例折算",
    "a scale, so that the total can be rescaled": "满分，以便总分按比例折算",
    "children that always count: `full`, `zero` or an expression": "总是计入的下级：`full`、`zero` 或表达式",
    "`empty`: what it holds where too few count": "`empty`：计入过少时如何计分",
    "something that the whole can hold": "整体可以采用的写法",
    "no finding: the node is not applicable": "不应有证据：节点不适用",
    "a value that does not say that this is not applicable": "不表示“不适用”的取值",
    "a figure of a given number of the cohort only": "只能是已知数 cohort 的指标数",
    "a figure that is the same for all: no `rank`, no `within`": "对所有对象相同的指标数：不用 `rank` 和 `within`",
    "no `absent` beside `figure`": "有 `figure` 时不写 `absent`",
    "what does not rest on a given number of the cohort": "不依赖已知数 cohort 的内容",
    "an installed rubric: a path needs a file to start from": "已安装的评分标准：路径须从某个文件起算",
    "a file that can be read": "可以读取的文件",
    "a rubric": "评分标准",
    "a rubric file": "评分标准文件",
    "keys of nodes by their ids": "按节点标识列出的各键",
    "kinds by their names": "按名称列出的 kinds",
    "the `kinds` of the rubric": "评分标准的 `kinds`",
    "the keys of a node": "节点的各键",
    "the keys to change, or nothing to take the node away": "要改的各键；留空则删去该节点",
    "no `id`: each node that is like it has its own": "不写 `id`：每个同类节点各有其标识",
    "the id of a node of the rubric that it extends": "所扩展的评分标准中节点的标识",
    "the same id": "相同的标识",
    "a sheet": "一份记录",
    "sheets by key": "按键列出的记录",
    "`sheets`, `note`, `provenance`": "`sheets`、`note`、`provenance`",
    "a header of `item.field` columns": "由 `要素.字段` 组成的表头",
    "each column once": "每列只出现一次",
    "a mapping of items to findings": "按要素列出的证据",
    "a mapping of fields to findings": "按字段列出的证据",
    "a mapping of columns to findings": "按列列出的证据",
    "a mapping of names to numbers": "按名称列出的数",
    "methods by items": "按要素列出的方法",
    "given numbers by their sources": "按来源列出的已知数",
    "the id of an item": "要素的标识",
    "the id of an item as text": "文本形式的要素标识",
    "the name of a field as text": "文本形式的字段名",
    "an item that has evidence": "有证据的要素",
    "one of its fields": "其字段之一",
    "nothing: the rubric declares none": "无：评分标准没有声明",
    "one finding, nested or flat": "一处证据，嵌套或平写",
    "{} to {} rows": "{} 至 {} 行",
    "`cases`": "`cases`",
    "`item.field`": "`要素.字段`",
    "`score`, `stars`, `grade` or `nodes`": "`score`、`stars`、`grade` 或 `nodes`",
    "either `expect` or `problems`": "`expect` 或 `problems` 之一",
    "either `sheet` or `evidence`": "`sheet` 或 `evidence` 之一",
    "the score of one node at least": "至少一个节点的得分",
    "{} beside the rubric": "评分标准旁的 {}",
    "a field, or the id of a node": "字段，或节点的标识",
    "nothing": "无",
    "a checklist": "清单",
    "a choice before `in`": "`in` 之前须为单选",
    "a field": "字段",
    "a name that is no keyword": "不是关键字的名称",
    "a plain text in quotes": "引号内的普通文字",
    "a value of the checklist": "清单的取值",
    "a whole expression": "完整的表达式",
    "at least one value after `in`": "`in` 之后至少一个取值",
    "letters, digits, and signs of reckoning": "文字、数字和运算符号",
    "one `in` at a time": "一次只用一个 `in`",
    "the id of one node with grades": "一个有等级的节点的标识",
    "what the language has": "本语言具有的写法",
    "a number: digits, or digits.digits": "数：数字，或 数字.数字",
    "a space or a sign after a number": "数之后须有空格或符号",
    "plain, not full-width or ligature, letters": "普通字母，不用全角或连字",
    "the name of a field, or what may be missing": "字段名，或可能缺失的内容",
    "how many to leave out at each end, 1 or more": "两端各去掉几个，不小于 1",
    "`at`: which percentile, as 90": "`at`：第几百分位，如 90",
    "above 0 and at most 100": "大于 0 且不超过 100",
    "at most {} decimals": "至多 {} 位小数",
    "`{}` beside it": "须同时写 `{}`",
    "less than {}": "小于 {}",
    "more than {}": "大于 {}",
    "what Evaluation.to_dict gives": "Evaluation.to_dict 的输出",
    "powers that stay within 62 bits": "不超出 62 位的幂",
    "numbers, and powers, that stay within 62 bits": "不超出 62 位的数和幂",
    "at most {} operations": "至多 {} 次运算",
    "at most {} steps of all curves together": "所有曲线合计至多 {} 步",
    "at most {} amounts": "至多 {} 个分值",
    "at most {} keys and values": "至多 {} 个键和值",
    "at most {} kinds like each other": "至多 {} 个互相沿用的 kinds",
    "at most {} keys and values out of kinds": "由 kinds 得到的键和值至多 {} 个",
    "at most {} kinds in each other": "至多 {} 层互相嵌套的 kinds",
    "a rubric, in a file that ends in {}": "以 {} 结尾的文件中的评分标准",
    "a whole number in {}": "{} 内的整数",
    "a number of {} decimals in {}": "{1} 内、{0} 位小数的数",
    "{} to {} readings, each {}": "{} 至 {} 个读数，每个为{}",
    "a list out of {}": "由以下取值组成的列表：{}",
    "a text of at most {} characters": "至多 {} 个字符的文字",
    "a date, year-month-day, within {} to {}": "{} 至 {} 年间的日期，年-月-日",
    "a list of {} rows with {}": "{} 行的列表，含 {}",
    # cycles and archives
    "every unit once": "每个单位只列一次",
    "units to assess": "待测评的单位",
    "a text that is not empty": "非空的文字",
    "an Earlier": "一个 Earlier",
    "an Actor": "一个 Actor",
    "a reason as text": "文字形式的理由",
    "a reason for `{}`": "`{}` 的理由",
    "the day of the step, a date": "步骤的日期",
    "a day from {}, the unit's last step, on": "不早于该单位上一步骤的日期 {}",
    "a day from {}, that of record {}, on": "不早于第 {1} 条记录的日期 {0}",
    "a unit of the cycle": "周期中的单位",
    "a street of the cycle": "周期中的街道",
    "nothing: the cycle is closed": "无：周期已结束",
    "{} for `{}`": "步骤 `{1}` 应由 {0} 记录",
    "street_group of {}": "{} 的 street_group",
    "street_committee of {}": "{} 的 street_committee",
    "{}; in {}: {}": "{}；在 {} 可用：{}",
    "a step `assess` before it": "其前须有步骤 `assess`",
    "submitted": "submitted（已上报）",
    "final": "final（已审定）",
    "fed_back": "fed_back（已反馈）",
    "a street whose results are all submitted": "结果已全部上报的街道",
    "a plan of its whole street": "其所在街道整体的复核计划",
    "a plan of the review": "复核计划",
    "a review: all results of its grade are reviewed": "复核：该等级的结果一律复核",
    "a review: it was drawn": "复核：已被抽中",
    "a review: the rest of its street is queued": "复核：所在街道其余单位已列入复核",
    "the sample of {} concluded: {}": "{} 的抽查已结束意见征求：{}",
    "the rest of {} queued: {} differ": "{} 的其余单位列入复核：{} 有差异",
    "a street whose sample differs too much, and that is not queued": "抽查差异过大且其余单位尚未列入复核的街道",
    "a unit of a street that is queued": "其余单位列入复核的街道中的单位",
    "one who speaks for {}": "代表 {} 的人",
    "a unit that departments are asked about: {}": "须征求部门意见的单位：{}",
    "an answer of {}": "{} 的答复",
    "an answer before anything was decided on it": "裁定之前的答复",
    "an open objection of {}": "{} 尚未裁定的异议",
    "no decision: no objection is open": "无须裁定：没有未裁定的异议",
    "another decision: fewer points are better": "其他裁定：此处分数越低越好",
    "a decision": "一项裁定",
    "a decision on what {} objects": "对 {} 所提异议的裁定",
    "a decision on record {}": "对第 {} 条记录的裁定",
    "the grounds of the objection": "异议的理由",
    "the grounds of the objection, as text": "异议的理由，写成文字",
    "the record of an open objection: {}": "未裁定异议的记录号：{}",
    "a result that is not published": "尚未公示的结果",
    "a published result": "已公示的结果",
    "a day up to {}": "不晚于 {} 的日期",
    "a day after {}": "晚于 {} 的日期",
    "a step `publish` before it": "其前须有步骤 `publish`",
    "a step `award` after corrections": "更正之后的步骤 `award`",
    "an award of the cycle: {}": "周期中的奖励：{}",
    "a plan": "整改计划",
    "a plan made for this unit from a result of this rubric": "依据本评分标准的结果为该单位所作的计划",
    "the closing of the whole cycle": "整个周期的结束",
    "a whole number of days, 0 to {}, or None": "天数，0 至 {} 的整数，或 None",
    "a head and records": "首行和记录",
    "a last line with the seal": "载有封印的末行",
    "a number of records and `sha256:…`": "记录数和 `sha256:…`",
    "a record in JSON": "JSON 形式的记录",
    "the head of an archive": "档案的首行",
    "the head of `{}`": "`{}` 的首行",
    "the line as it was written": "写入时的原行",
    "who, when and what, as a record has it": "记录应有的人、时间和内容",
    "roles by steps": "按步骤列出的角色",
    "a role of a step: one of {}": "某步骤的角色，以下之一：{}",
    "each step once": "每个步骤只列一次",
    "each department once": "每个部门只列一次",
    "each award once": "每项奖励只列一次",
    "each grade once": "每个等级只列一次",
    "each of them once": "每项只列一次",
    "all {} of them": "全部 {} 项",
    "one at least": "至少一项",
    "at least {}": "至少 {}",
    "`{}`, the name of the rubric": "`{}`，即评分标准的名称",
    "`grades` in the rubric": "评分标准中的 `grades`",
    "{} with `{}`": "有 `{1}` 时须写 {0}",
    "no {} with `{}`": "有 `{1}` 时不写 {0}",
    "who is responsible": "责任人",
    "a measure that is not done": "尚未完成的措施",
    "the index of a measure, 0 to {}": "措施的序号，0 至 {}",
    "no index: no measures": "没有序号：没有措施",
    "an exact number as text": "文本形式的精确数",
    "a whole number above 0": "大于 0 的整数",
    "a date, year-month-day": "日期，年-月-日",
    "a pair": "一对值",
    "a tuple": "元组",
    "a value of the type {}": "{} 类型的值",
    "a result of {}": "{} 的结果",
    "a mapping of {}": "{} 的映射",
    "one {} at least": "至少一个 {}",
    "what to_dict gives": "to_dict 的输出",
    "a finding as a sheet has it": "记录中证据的写法",
    "a finding that a sheet may have": "记录中可有的证据",
    "a record between {} and {}": "位于第 {} 条与第 {} 条之间的记录",
    "sheets by unit": "按单位列出的评分表",
    "the text of an archive, or its bytes": "档案的文本或字节",
    "record {} once": "第 {} 条记录只出现一次",
    "record {} before record {}": "第 {1} 条记录之前的第 {0} 条记录",
    "{} records, the last {}": "{} 条记录，末条 {}",
    "{}, version {}, {}": "{}，版本 {}，{}",
    "the rubric that its digest names": "与摘要相符的评分标准",
    "the cycle that its digest names": "与摘要相符的周期设置",
}

#: The names and words of the facts of claims, in Chinese.
_FACTS_ZH: dict[str, str] = {
    "amount": "分数",
    "bits": "位数",
    "first": "首见于",
    "grade": "等级",
    "grades": "等级数",
    "high": "最高",
    "highest": "最高可得",
    "interval": "区间",
    "low": "最低",
    "moves": "影响",
    "of": "所依",
    "other": "另一条",
    "points": "分值",
    "reached": "可达",
    "score": "得分",
    "start": "起始",
    "stated": "所定",
    "tiers": "两档",
    "why": "原因",
    # how a finding moves the score, and why something is open
    "both": "可升可降",
    "down": "只降不升",
    "never": "从不",
    "up": "只升不降",
    "a part could not be narrowed": "有一部分无法收窄",
    "by no sheet that was found": "未找到此类记录",
    "one way is shown, one is open": "一个方向已有例证，另一个未定",
    "rows can move it either way": "明细行可使其升或降",
}
