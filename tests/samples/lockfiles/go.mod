module example.com/pump

go 1.22

require (
	github.com/BurntSushi/toml v1.4.0
	golang.org/x/text v0.21.0 // indirect
	example.com/near v0.1.0
	example.com/old v1.0.0
)

require golang.org/x/sys v0.28.0 // indirect

replace example.com/near => ../near

replace example.com/old v1.0.0 => example.com/new v1.1.0
