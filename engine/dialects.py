"""What the languages' lookup rules differ in: one row for each family of languages that see each other's symbols."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from engrep.indexers.languages import BY_NAME


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a name finds its definition in one language."""

    family: str  # languages of one family call each other
    selves: frozenset[str] = frozenset()  # receivers that mean the enclosing type
    supers: frozenset[str] = frozenset()  # receivers that mean its bases
    type_words: frozenset[str] = frozenset()  # bare names that mean the enclosing type or its base: `cls()`, `super()`
    implicit_self: bool = False  # a bare name may be a member of the enclosing type
    imports: str = "dotted"  # how an import names its target: "dotted", "python", "path", "include" or "go"
    reexports: bool = False  # a module hands on what it imports
    outer_namespaces: bool = False  # the enclosing namespaces are searched too
    global_names: bool = False  # a bare name may be defined in any file
    closed_files: bool = False  # what is private cannot be seen from other files
    loose_methods: bool = False  # methods hang on plain variables and functions too
    builtins: frozenset[str] = frozenset()  # bare names of the language itself
    common_methods: frozenset[str] = frozenset()  # methods of its built-in types: never guessed from the name alone


_TYPE_WORDS = frozenset({"cls", "Self", "static", "super", "base"})
_SUPERS = frozenset({"super()", "super", "base", "parent"})

_FAMILIES = {
    "javascript": "ecmascript",
    "typescript": "ecmascript",
    "tsx": "ecmascript",
    "java": "jvm",
    "kotlin": "jvm",
    "scala": "jvm",
    "c": "c",
    "cpp": "c",
}
_IMPORTS = {
    "python": "python",
    "javascript": "path",
    "typescript": "path",
    "tsx": "path",
    "c": "include",
    "cpp": "include",
    "ruby": "include",
    "lua": "path",
    "bash": "include",
    "zig": "path",
    "go": "go",
}
_REEXPORTS = frozenset({"python", "ecmascript", "rust", "haskell", "zig"})
_OUTER_NAMESPACES = frozenset({"csharp", "cpp", "ruby", "scala", "elixir"})
_GLOBAL_NAMES = frozenset({"c", "cpp", "ruby", "lua", "bash", "swift", "php", "haskell"})
_LOOSE_METHODS = frozenset({"ecmascript", "lua"})
_CLOSED_FILES = frozenset({"c", "cpp", "java", "kotlin", "scala", "csharp", "php", "swift"})

_COMMON = """
    add all any append apply call clear clone close contains copy count create delete each emit end equals execute exists
    extend filter find first flush format get has hasNext hash indexOf insert into is_empty isEmpty items iter join key keys
    last len length list load lock map match name new next of open parse pop print push put read recv remove render
    replace reset reverse run save search seek send set shift size slice sort split start stop strip submit sum test
    then to_s toString trim union unlock unwrap update upper lower value values visit wait write
"""
"""Method names that built-in and standard types share with a project's own in every language."""


@lru_cache(maxsize=64)
def dialect_of(language: str) -> Dialect:
    """Return the lookup rules of a language."""
    row = BY_NAME.get(language)
    selves = row.selves if row else frozenset()
    return Dialect(
        family=_FAMILIES.get(language, language),
        selves=selves - _SUPERS,
        supers=_SUPERS & (selves | {"super()"}),
        type_words=selves & _TYPE_WORDS,
        implicit_self=bool(row and row.implicit_self) or language == "ruby",
        imports=_IMPORTS.get(language, "dotted"),
        reexports=_FAMILIES.get(language, language) in _REEXPORTS,
        outer_namespaces=language in _OUTER_NAMESPACES,
        global_names=language in _GLOBAL_NAMES,
        loose_methods=_FAMILIES.get(language, language) in _LOOSE_METHODS,
        closed_files=language in _CLOSED_FILES,
        builtins=_builtins(language),
        common_methods=_common_methods(language),
    )


def _common_methods(language: str) -> frozenset[str]:
    common = frozenset((_COMMON + _STANDARD_METHODS.get(_FAMILIES.get(language, language), "")).split())
    if language != "python":
        return common
    types = (str, bytes, int, float, list, dict, set, frozenset, tuple, bytearray, memoryview)
    return common.union(*(dir(kind) for kind in types), _PYTHON_STANDARD.split())


_STANDARD_METHODS = {
    "jvm": """
        addAll allMatch anyMatch apply accept build collect compareTo computeIfAbsent computeIfPresent containsKey
        containsAll entrySet findFirst flatMap forEach getBytes getClass getKey getMessage getName getOrDefault getValue
        hashCode ifPresent incrementAndGet intValue isPresent keySet longValue mapToInt mapToObj noneMatch orElse orElseGet
        orElseThrow putAll putIfAbsent removeAll removeIf retainAll setValue sorted startsWith endsWith stream submit
        substring test thenApply thenCompose toArray toList toLowerCase toUpperCase whenComplete complete await signal
        foreach foldLeft getOrElse headOption mkString exists toSeq toMap isDefined nonEmpty asScala asJava port host
    """,
    "ecmascript": """
        addEventListener assign bind catch charAt charCodeAt closest concat cause defineProperty entries every fill finally
        findIndex finds flatMap forEach freeze fromEntries getAttribute getTime has includes isArray keys lastIndexOf
        localeCompare matches matchAll message now off on once padEnd padStart preventDefault querySelector
        querySelectorAll race reduce reject removeEventListener repeat resolve setAttribute some splice startsWith endsWith
        stringify substring substr toFixed toISOString toLowerCase toUpperCase trimEnd unshift resolve unref end destroy
    """,
    "go": """
        Add Bytes Close Done Err Error Errorf Fatal Fatalf Flush Format Get Helper Info IsNil Kind Len Load Lock Log Logf
        Name New Next Print Printf Println Put RLock RUnlock Read Reset Run Scan Seek Set Skip Store String Type Unlock
        Value Wait Write WriteString
    """,
    "rust": """
        as_bytes as_mut as_ref as_slice as_str await await_ borrow borrow_mut chain chars cloned collect copied default deref
        drain drop entry enumerate eq err expect extend_from_slice fetch_add fetch_sub find_map flat_map fmt fold for_each
        from get_mut into_iter is_err is_none is_ok is_some iter_mut map_err max min none ok ok_or or_else parse poll
        position pop push_str rev store swap take then to_owned to_string to_vec trace truncate unwrap_or unwrap_or_else
        wake with_capacity wrapping_add zip is_empty
    """,
    "csharp": """
        Add AddRange Any All Append AppendLine Cast Clear Concat Contains ContainsKey Count CreateInstance Dispose Distinct
        Equals First FirstOrDefault Format GetEnumerator GetHashCode GetType GetValue Insert Invoke Join Last Max Min
        MoveNext OfType OrderBy Remove Replace Reverse Select SelectMany SequenceEqual SetValue Single SingleOrDefault Skip
        Split StartsWith EndsWith Substring Take ToArray ToDictionary ToList ToLower ToString ToUpper Trim TryAdd
        TryGetValue Union Where Zip
    """,
    "ruby": """
        class compact collect detect dup each_pair each_with_index each_with_object empty? extract! fetch first flat_map
        flatten freeze frozen? group_by gsub has_key? id include? inject instance_variable_get is_a? join keys last map!
        match? merge merge! method nil? none? object_id partition pluck present? blank? presence public_send push reject
        respond_to? select send size sort_by sub sum symbolize_keys tap to_a to_h to_i to_sym transform_values try uniq
        update values zip any? all? dump key? start_with? end_with? downcase upcase strip
    """,
}

_PYTHON_STANDARD = """
    acquire release group groups groupdict fullmatch finditer findall readline readlines writelines getvalue tell fileno
    total_seconds isoformat strftime strptime timestamp date time utcoffset astimezone
    debug info warning error exception critical log setLevel addHandler
    cursor commit rollback fetchone fetchall fetchmany executemany
    put_nowait get_nowait task_done set_result set_exception result done cancel cancelled
    is_set notify notify_all is_alive terminate kill poll communicate
    parse_args add_argument add_parser encode decode digest hexdigest
    appendleft popleft extendleft rotate most_common elements popitem move_to_end
    exists is_file is_dir mkdir unlink rmdir iterdir glob rglob read_text write_text read_bytes write_bytes resolve
    relative_to with_suffix as_posix joinpath send throw
    assertEqual assertTrue assertFalse assertIn assertRaises assertIsNone assertIsInstance
"""


def _builtins(language: str) -> frozenset[str]:
    if language == "python":
        import builtins

        return frozenset(dir(builtins)) | {"reveal_type", "WindowsError", "__file__", "__name__", "__doc__"}
    return frozenset(_BUILTINS.get(_FAMILIES.get(language, language), "").split())


_BUILTINS = {
    "ecmascript": """
        Array ArrayBuffer BigInt Boolean Buffer Date Error Function Infinity Intl JSON Map Math NaN Number Object Promise
        Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URL URLSearchParams
        Uint8Array WeakMap WeakRef WeakSet clearInterval clearTimeout console decodeURIComponent document
        encodeURIComponent escape eval fetch global globalThis isFinite isNaN parseFloat parseInt process queueMicrotask
        require setImmediate setInterval setTimeout structuredClone undefined unescape window Record Partial Readonly
        Pick Omit Exclude Extract ReturnType Parameters any unknown never string number boolean void object symbol
        AbortController AbortSignal Event EventTarget HTMLElement Element Node Response Request Headers Blob File
    """,
    "go": """
        any append bool byte cap clear close comparable complex complex128 complex64 copy delete error false float32
        float64 imag int int16 int32 int64 int8 iota len make max min new nil panic print println real recover rune
        string true uint uint16 uint32 uint64 uint8 uintptr
    """,
    "jvm": """
        Boolean Byte Character Class Double Exception Float IllegalArgumentException IllegalStateException Integer
        Iterable Long Math NullPointerException Object Override RuntimeException Short String StringBuilder System Thread
        Throwable UnsupportedOperationException Void Deprecated SuppressWarnings FunctionalInterface Any Array Int Unit
        List Map Seq Set Option Some None Nothing println print listOf mapOf setOf emptyList require check error
        arrayOf mutableListOf mutableMapOf lazy let also apply run with repeat Runnable Comparable CharSequence Number
        InterruptedException AutoCloseable Error AssertionError Enum Record StringBuffer
    """,
    "c": """
        abort abs assert atoi atol bool calloc char double exit fclose feof ferror fflush fgets float fopen fprintf fputs
        fread free fseek ftell fwrite getenv int isalnum isalpha isdigit isspace long malloc memchr memcmp memcpy memmove
        memset printf putchar puts qsort rand realloc scanf short signed sizeof snprintf sprintf sscanf strcasecmp strcat
        strchr strcmp strcpy strdup strerror strlen strncasecmp strncat strncmp strncpy strrchr strstr strtod strtol
        strtoll strtoul strtoull time tolower toupper unsigned va_arg va_copy va_end va_start void vsnprintf size_t
        ssize_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t offsetof defined std FILE NULL
    """,
    "rust": """
        Arc Box Clone Copy Debug Default Drop Eq Err Fn FnMut FnOnce From FromIterator Hash Into IntoIterator Iterator
        None Ok Option Ord PartialEq PartialOrd Rc RefCell Result Self Send Some String Sync ToOwned ToString TryFrom
        TryInto Vec assert assert_eq assert_ne bool char debug_assert drop eprintln f32 f64 format i128 i16 i32 i64 i8
        isize matches panic print println std core alloc str todo u128 u16 u32 u64 u8 unimplemented unreachable usize vec
        write writeln dbg debug_assert_eq include_str concat stringify env cfg HashMap
    """,
    "ruby": """
        Array Comparable Dir ENV Enumerable Exception File Float Hash IO Integer Kernel Module NilClass Numeric Object
        Proc Range Regexp Set StandardError String Struct Symbol Thread Time alias_method at_exit attr_accessor
        attr_reader attr_writer autoload binding block_given? catch define_method eval extend fail format freeze gsub
        include instance_eval instance_variable_get instance_variable_set lambda load loop module_function p prepend print
        printf private private_constant proc protected public public_send puts raise rand require require_relative respond_to? send sleep
        sprintf super throw warn is_a? nil? class
    """,
    "php": """
        array_filter array_key_exists array_keys array_map array_merge array_push array_values count define empty explode
        implode in_array is_array is_null is_string isset json_decode json_encode preg_match preg_replace sprintf
        str_replace strlen strpos strtolower strtoupper substr trim unset Exception InvalidArgumentException Closure
        RuntimeException Throwable string int bool array float mixed void callable iterable object null self static
        DateTimeImmutable DateTimeInterface DateTime Iterator Countable ArrayAccess IteratorAggregate Traversable
    """,
    "csharp": """
        Action Array ArgumentException ArgumentNullException Attribute Boolean Console Convert DateTime Dictionary Enum
        Environment Exception Func Guid IDisposable IEnumerable IList IReadOnlyList Int32 InvalidOperationException List Math
        NotImplementedException NotSupportedException Object String StringBuilder Task Type bool byte char decimal double
        float int long nameof object short string typeof uint ulong void CancellationToken Assert
    """,
    "swift": """
        Any AnyObject Array Bool CGFloat Character Codable Comparable Data Date Decodable Dictionary Double Encodable
        Equatable Error Float Hashable Int Int64 NSObject Never Optional Result Set String UInt UInt8 URL Void assert
        assertionFailure fatalError max min precondition preconditionFailure print type zip
    """,
    "lua": """
        assert collectgarbage coroutine debug dofile error getmetatable io ipairs load loadfile loadstring math next os
        package pairs pcall print rawequal rawget rawset require select setmetatable string table tonumber tostring type
        unpack xpcall bit jit
    """,
    "bash": """
        alias awk basename break cat cd chmod command continue cp curl cut date declare dirname echo eval exec exit export
        false find getopts git grep head kill let ln local ls mkdir mktemp mv popd printf pushd pwd read readonly return
        rm sed set shift sleep sort source tail tar tee test touch tr trap true type ulimit umask unset wait wc xargs
    """,
    "haskell": """
        Bool Char Double Either Int Integer IO Just Left Maybe Monad Nothing Right Show String error filter fmap foldr
        fromIntegral id length map mapM_ pure putStrLn return show undefined
    """,
}
