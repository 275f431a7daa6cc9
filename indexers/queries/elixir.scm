; Elixir: every definition is a call of a macro such as defmodule or def, told apart by its target's name.

(comment) @comment

((call
   target: (identifier) @maker
   (arguments . (alias) @name)
   (do_block . (unary_operator operand: (call target: (identifier) @attribute (arguments (string (quoted_content) @doc))))) @body) @definition.module
  (#eq? @maker "defmodule")
  (#eq? @attribute "moduledoc"))
((call target: (identifier) @maker (arguments . (alias) @name) (do_block)? @body) @definition.module
  (#eq? @maker "defmodule"))
((call target: (identifier) @maker (arguments . (alias) @name) (do_block)? @body) @definition.protocol
  (#eq? @maker "defprotocol"))
((call target: (identifier) @maker (arguments . (alias) @bases (keywords (pair key: (keyword) @key value: (alias) @name)))) @scope
  (#eq? @maker "defimpl")
  (#match? @key "^for:"))
((call target: (identifier) @maker (arguments . (alias) @name .)) @scope
  (#eq? @maker "defimpl"))

; @doc stands before the definition, other attributes may come between.
((unary_operator operand: (call target: (identifier) @attribute (arguments (string (quoted_content) @doc))))
 . (unary_operator)* .
 (call target: (identifier) @maker @modifiers (arguments . [
   (identifier) @name
   (call target: (identifier) @name)
   (binary_operator left: (call target: (identifier) @name) operator: "when")
   (binary_operator left: (identifier) @name operator: "when")
 ]) (do_block)? @body) @definition.function
  (#eq? @attribute "doc")
  (#any-of? @maker "def" "defdelegate"))
((call target: (identifier) @maker @modifiers (arguments . [
   (identifier) @name
   (call target: (identifier) @name)
   (binary_operator left: (call target: (identifier) @name) operator: "when")
   (binary_operator left: (identifier) @name operator: "when")
 ]) (do_block)? @body) @definition.function
  (#any-of? @maker "def" "defp" "defdelegate" "defn" "defnp"))
((call target: (identifier) @maker (arguments . (binary_operator operator: ["+" "-" "<>" "++" "|>" "==" "~>" "<~" "<~>" "~>>" "<<<" ">>>" "&&&" "|||"] @name)) (do_block)? @body) @definition.function
  (#any-of? @maker "def" "defp" "defmacro"))
((call target: (identifier) @maker @modifiers (arguments . [
   (identifier) @name
   (call target: (identifier) @name)
   (binary_operator left: (call target: (identifier) @name) operator: "when")
   (binary_operator left: (identifier) @name operator: "when")
 ]) (do_block)? @body) @definition.macro
  (#any-of? @maker "defmacro" "defmacrop" "defguard" "defguardp"))
; ExUnit: a test or a describe block is named by its string.
((call target: (identifier) @maker @modifiers (arguments . (string (quoted_content) @name)) (do_block) @body) @definition.function
  (#any-of? @maker "test" "describe" "property" "feature"))

; Attributes: types, callbacks, and the constants that a module writes as @name value.
((unary_operator operator: "@" operand: (call target: (identifier) @maker (arguments . (binary_operator
   left: [(identifier) @name (call target: (identifier) @name)]
   operator: "::")))) @definition.type
  (#any-of? @maker "type" "typep" "opaque"))
((unary_operator operator: "@" operand: (call target: (identifier) @maker (arguments . [
   (binary_operator left: (call target: (identifier) @name) operator: "::")
   (binary_operator left: (binary_operator left: (call target: (identifier) @name) operator: "::") operator: "when")
 ]))) @definition.function
  (#any-of? @maker "callback" "macrocallback"))
((do_block (unary_operator operator: "@" operand: (call target: (identifier) @name (arguments))) @definition.constant)
  (#not-match? @name "^((module|type)?doc|spec|typep?|opaque|(macro)?callback|impl|behaviou?r|derive|(module|describe)?tag|deprecated|since|dialyzer|compile|enforce_keys|optional_callbacks|(before|after)_compile|on_load|external_resource|fallback_to_any)$"))

((call target: (identifier) @maker (arguments . [
   (alias) @import.path
   (dot left: (_) @import.module right: (tuple (alias) @import.name))
 ] .)) @import
  (#eq? @maker "alias"))
((call target: (identifier) @maker (arguments . (alias) @import.module (keywords (pair key: (keyword) @key value: (alias) @import.alias)))) @import
  (#any-of? @maker "alias" "require")
  (#match? @key "^as:"))
((call target: (identifier) @maker (arguments . (alias) @import.module (keywords (pair
   key: (keyword) @key
   value: (list (keywords (pair key: (keyword) @import.name))))))) @import
  (#eq? @maker "import")
  (#match? @key "^only:"))
((call target: (identifier) @maker (arguments . (alias) @import.module .)) @import @import.wildcard
  (#any-of? @maker "import" "use"))
((call target: (identifier) @maker (arguments . (alias) @import.module . [(keywords) (list) (atom) (identifier)])) @import @import.wildcard
  (#eq? @maker "use"))
((call target: (identifier) @maker (arguments . (alias) @import.module .)) @import
  (#eq? @maker "require"))
((unary_operator operator: "@" operand: (call target: (identifier) @maker (arguments (alias) @reference.inherit)))
  (#any-of? @maker "behaviour" "behavior"))
((call target: (identifier) @maker (arguments . (alias) @reference.inherit))
  (#eq? @maker "use"))

; The name in a @spec or @callback is no call of it.
((unary_operator operator: "@" operand: (call target: (identifier) @maker (arguments . [
   (binary_operator left: (call target: (identifier) @reference.type) operator: "::")
   (binary_operator left: (binary_operator left: (call target: (identifier) @reference.type) operator: "::") operator: "when")
 ])))
  (#any-of? @maker "spec" "type" "typep" "opaque" "callback" "macrocallback"))
((call target: (identifier) @reference.call)
  (#not-match? @reference.call "^(def([npa-z]*)|alias|import|require|use|(module|type)?doc|spec|typep?|opaque|(macro)?callback|behaviou?r|impl|if|unless|case|cond|with|for|quote|unquote(_splicing)?|receive|try|test|describe|super|raise)$"))
(call target: (dot left: (_) @receiver right: (identifier) @reference.call))
(binary_operator operator: "|>" right: (identifier) @reference.call)
(unary_operator operator: "&" operand: (binary_operator left: (identifier) @reference.call operator: "/"))
(struct (alias) @reference.construct)
