; Haskell: a signature and the equations that follow it are one function; application needs no parentheses.

(comment) @comment
(haddock) @comment

(header module: (module) @package)

(declarations (signature name: [(variable) @name (prefix_id (operator) @name)]) @definition.function)
(declarations (signature names: (binding_list name: [(variable) @name (prefix_id (operator) @name)])) @definition.function)
(declarations (function name: [(variable) @name (prefix_id (operator) @name)]) @definition.function)
(declarations (function (infix operator: [(operator) @name (infix_id (variable) @name)])) @definition.function)
(declarations (bind name: [(variable) @name (prefix_id (operator) @name)]) @definition.function)
(foreign_import signature: (signature name: (variable) @name)) @definition.function
(class_declarations (signature name: [(variable) @name (prefix_id (operator) @name)]) @definition.method)
(class_declarations (signature names: (binding_list name: [(variable) @name (prefix_id (operator) @name)])) @definition.method)
(class_declarations (function name: [(variable) @name (prefix_id (operator) @name)]) @definition.method)
(class_declarations (bind name: [(variable) @name (prefix_id (operator) @name)]) @definition.method)
(instance_declarations (function name: [(variable) @name (prefix_id (operator) @name)]) @definition.method)
(instance_declarations (function (infix operator: [(operator) @name (infix_id (variable) @name)])) @definition.method)
(instance_declarations (bind name: [(variable) @name (prefix_id (operator) @name)]) @definition.method)

(data_type name: (name) @name) @definition.type
(newtype name: (name) @name) @definition.type
(type_synonym name: (name) @name) @definition.type
(type_family name: (name) @name) @definition.type
(data_family name: (name) @name) @definition.type
(class name: (name) @name declarations: (_)? @body) @definition.class
(instance name: [(name) @bases (qualified) @bases] patterns: (type_patterns . [
  (name) @name
  (parens type: (name) @name)
  (parens type: (apply constructor: (name) @name))
  (parens type: (apply constructor: (apply constructor: (name) @name)))
  (parens type: (apply constructor: (apply constructor: (apply constructor: (name) @name))))
])) @scope
(data_constructor constructor: [
  (prefix name: (constructor) @name)
  (record name: (constructor) @name)
]) @definition.enum_member
(gadt_constructor name: (constructor) @name) @definition.enum_member
(newtype_constructor name: (constructor) @name) @definition.enum_member
(field name: (field_name (variable) @name)) @definition.field
(pattern_synonym (equation synonym: (apply function: (constructor) @name))) @definition.function

; Without a list and without "qualified" everything comes in; with "hiding" the list is what does not.
((import module: (module) @import.module !alias !names) @import @import.wildcard
  (#not-match? @import "^import\\s+qualified|qualified$"))
((import module: (module) @import.module !alias !names) @import
  (#match? @import "^import\\s+qualified|qualified$"))
((import module: (module) @import.module !alias names: (_)) @import @import.wildcard
  (#match? @import "\\bhiding\\b"))
(import module: (module) @import.module alias: (module) @import.alias) @import
((import module: (module) @import.module names: (import_list name: (import_name [
   variable: (variable) @import.name
   type: (name) @import.name
   operator: (prefix_id (operator) @import.name)
 ]))) @import
  (#not-match? @import "\\bhiding\\b"))

; Called, composed, piped or alone as a statement or a whole right side: names that are surely used as functions.
(apply function: (variable) @reference.call)
(apply function: (qualified module: (module) @receiver id: (variable) @reference.call))
(apply function: (constructor) @reference.construct)
(apply function: (qualified module: (module) @receiver id: (constructor) @reference.construct))
((infix left_operand: (variable) @reference.call operator: (operator) @operator)
  (#any-of? @operator "$" "$!" "." "<$>" "<$!>" "<$" "<*>" "=<<" "<=<" ">=>" ">>" ">>="))
((infix left_operand: (qualified module: (module) @receiver id: (variable) @reference.call) operator: (operator) @operator)
  (#any-of? @operator "$" "$!" "." "<$>" "<$!>" "<$" "<*>" "=<<" "<=<" ">=>" ">>" ">>="))
((infix operator: (operator) @operator right_operand: (variable) @reference.call)
  (#any-of? @operator "." ">>=" ">>" ">=>" "&" "<&>" "=<<"))
((infix operator: (operator) @operator right_operand: (qualified module: (module) @receiver id: (variable) @reference.call))
  (#any-of? @operator "." ">>=" ">>" ">=>" "&" "<&>" "=<<"))
((infix operator: (operator) @reference.call)
  (#not-match? @reference.call "^([-+*/^]|==|/=|<|>|<=|>=|&&|[|][|]|[$.]|[$]!|<[$]>|<[*]>|[*]>|<[*]|>>=|=<<|>>|<>|[+][+]|[:]|!!|<[|]>)$"))
(infix operator: (infix_id (variable) @reference.call))
(exp (variable) @reference.call)
(bind match: (match expression: (variable) @reference.call))
