; Bash: a call is a command whose first word is plain; variables count where they are set at the top of the file.

(comment) @comment

(function_definition name: (word) @name body: (_) @body) @definition.function
(program (variable_assignment name: (variable_name) @name) @definition.variable)
(program (declaration_command (variable_assignment name: (variable_name) @name) @definition.variable))
; bats: @test "name" { … } reads as a command.
((command name: (command_name (word) @maker @modifiers) argument: [(string (string_content) @name) (raw_string) @name]) @definition.function
  (#eq? @maker "@test"))

((command name: (command_name (word) @maker) . argument: [
   (word) @import.module
   (string) @import.module
   (raw_string) @import.module
   (concatenation) @import.module
 ]) @import
  (#any-of? @maker "source" "." "load"))

((command name: (command_name (word) @reference.call))
  (#match? @reference.call "^[A-Za-z_][A-Za-z0-9_:.-]*$")
  (#not-match? @reference.call "^(source|load|alias|echo|printf|return|exit|shift|set|cd|true|false|read|eval|break|continue)$"))
; The functions that trap, run and similar commands are given by name.
((command name: (command_name (word) @maker) . argument: (word) @reference.call)
  (#any-of? @maker "run" "trap" "exec" "command" "eval"))
